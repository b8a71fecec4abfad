/** Where the proxies in front say from which address a request came to them. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded' | (string & {})

/**
 * The addresses in the value of a header, from the right: the nearest proxy's entry comes first. Each is a text that still
 * has to be read, or `undefined` where an element of `Forwarded` has none that can be read.
 *
 * Entries to the left of the first untrusted one are a stranger's, so only what is taken from the iterator is parsed.
 */
export function forwardedAddresses(header: ForwardedHeader, value: string): Iterable<string | undefined> {
  return header === 'forwarded' ? forwardedFor(value) : listedFor(value)
}

function* listedFor(value: string): Generator<string> {
  for (let end = value.length; end >= 0; ) {
    const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1)
    yield value.slice(comma + 1, end).trim()
    end = comma
  }
}

function* forwardedFor(value: string): Generator<string | undefined> {
  for (let end = value.length; end >= 0; ) {
    const comma = lastCommaOutsideQuotes(value, end)
    yield forOfElement(value.slice(comma + 1, end))
    end = comma
  }
}

/** Read from the right, a quote that a client left open cannot reach what a proxy wrote after it. */
function lastCommaOutsideQuotes(value: string, end: number): number {
  let quoted = false
  for (let index = end - 1; index >= 0; index -= 1) {
    const character = value[index]
    if (character === '"' && !(quoted && isEscaped(value, index))) quoted = !quoted
    else if (character === ',' && !quoted) return index
  }
  return -1
}

function isEscaped(value: string, index: number): boolean {
  let backslashes = 0
  // An address needs no escapes, so a long run of them is a stranger's: it is not counted to its end again and again.
  while (backslashes < 16 && value[index - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

const longestElement = 1024
const pairPattern = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~\w-]*)[ \t]*(?:;|$)/y

/** The node of `for=…` in one element of RFC 7239, without its quotes. */
function forOfElement(element: string): string | undefined {
  if (element.length > longestElement) return undefined
  let found: string | undefined
  pairPattern.lastIndex = 0
  while (pairPattern.lastIndex < element.length) {
    const [, name, value] = pairPattern.exec(element) ?? []
    if (name === undefined || value === undefined) return undefined
    if (name.toLowerCase() !== 'for') continue
    if (found !== undefined) return undefined
    found = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
  }
  return found
}
