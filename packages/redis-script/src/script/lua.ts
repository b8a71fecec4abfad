/**
 * Lua as text. Takes the margin of the template off each line, and indents each line of what is interpolated as far as the
 * place where it stands; an interpolation that is empty leaves no line behind.
 */
export function lua(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
  const margin = /^\n */.exec(texts[0] as string)?.[0] ?? '\n'
  const [first = '', ...others] = texts.map((text) => text.replaceAll(margin, '\n'))
  let written = first
  for (const [i, text] of others.entries()) {
    const indent = /(?:^|\n)( *)$/.exec(written)?.[1] ?? ''
    const part = `${parts[i]}`.replaceAll('\n', `\n${indent}`)
    written = part === '' && text.startsWith('\n') ? written.replace(/\n *$/, '') + text : written + part + text
  }
  return written
    .replace(/^ +$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** What is written for each of them, one after the other. */
export function each<Item>(items: readonly Item[], write: (item: Item) => string): string {
  return items.map(write).join('\n')
}

/** Parts with a blank line between them. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.join('\n\n')
}
