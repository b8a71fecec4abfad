/** A name of several words in every spelling that sources have, for example `plain-window` for `plain window`. */
export type Spellings = readonly string[]

/** The spellings of a name, always in the same order. */
export function spellingsOf(name: string): Spellings {
  const words = name.split('-')
  const pascal = words.map(capitalized).join('')
  const sentence = capitalized(words.join(' '))
  return [name, `${pascal[0]?.toLowerCase()}${pascal.slice(1)}`, pascal, words.join(' '), sentence, formatOf(name)]
}

/** What the stored keys of an algorithm end in, in its first version: `pw1`. */
export function formatOf(name: string): string {
  return `${name
    .split('-')
    .map((word) => word[0])
    .join('')}1`
}

/** A text with one name put in place of another, in every spelling. */
export function renamed(text: string, from: Spellings, to: Spellings): string {
  // A spelling that is the beginning of none of the others comes out the same in any order, but `pw1` must stand alone.
  const pattern = new RegExp(from.map((one) => (/\d$/.test(one) ? `\\b${one}\\b` : one)).join('|'), 'g')
  return text.replace(pattern, (found) => to[from.indexOf(found)] as string)
}

function capitalized(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}
