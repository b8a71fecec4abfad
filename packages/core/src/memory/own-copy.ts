/** V8 copies what is cut off below this length; a longer slice keeps alive all that it was cut from. */
const shortestSlice = 13

/** The same text, in memory of its own: a slice of a header or a body would keep the whole of it. */
export function ownCopy(text: string): string {
  if (text.length < shortestSlice) return text
  const middle = text.length >> 1
  // Joining writes one flat string, at a sixth of the cost of a way through JSON.
  return [text.slice(0, middle), text.slice(middle)].join('')
}
