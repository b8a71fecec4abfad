/** The code, broken on purpose in one place. Each package keeps its own in `mutants.ts`. */
export interface Mutant {
  /** What a user would see go wrong. */
  readonly name: string
  /** The law that must notice, or the test of something that no law can see; its file is given from the root. */
  readonly law: number | { readonly file: string; readonly title: string }
  /** The file that is broken, in the package. */
  readonly file: string
  /** Each text must stand in the file exactly once. */
  readonly edits: readonly (readonly [find: string, replacement: string])[]
}

/** The code with the mutant's edits; throws when one does not apply exactly once. */
export function mutate({ name, file, edits }: Mutant, code: string): string {
  let mutated = code
  for (const [find, replacement] of edits) {
    const places = mutated.split(find).length - 1
    if (places !== 1) throw new Error(`Expected "${find}" once in ${file} for "${name}", found it ${places} times`)
    mutated = mutated.replace(find, () => replacement)
  }
  return mutated
}
