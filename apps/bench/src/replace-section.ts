/** The document with another text between the markers of a section. Throws an `Error` when it has no such markers. */
export function replaceSection(document: string, name: string, text: string): string {
  const [from, to] = between(document, name)
  return `${document.slice(0, from)}\n\n${text.trim()}\n\n${document.slice(to)}`
}

/** What stands between the markers of a section. */
export function readSection(document: string, name: string): string {
  const [from, to] = between(document, name)
  return document.slice(from, to).trim()
}

function between(document: string, name: string): [number, number] {
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const start = document.indexOf(opening)
  const end = document.indexOf(closing, start)
  if (start === -1 || end === -1) throw new Error(`Expected the document to hold ${opening} and ${closing}`)
  return [start + opening.length, end]
}
