import type { Plugin } from 'vitest/config'
import { type Mutant, mutants } from './list.ts'

/** Applies the mutant whose index is in SLUICE_MUTANT to what the tests load; no file is touched. */
export function mutantPlugin(): Plugin {
  const mutant = mutants[Number(process.env.SLUICE_MUTANT)]
  return {
    name: 'mutant',
    enforce: 'pre',
    transform: (code, id) => (mutant !== undefined && id.endsWith(mutant.file) ? mutate(mutant, code) : undefined),
  }
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
