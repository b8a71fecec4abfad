const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** A small number as a word. */
export function numberWord(value: number): string {
  return words[value] ?? String(value)
}
