import type { Plugin } from 'vitest/config'
import { type Mutant, mutate } from './mutant.ts'

/** Applies the mutant in SLUICE_MUTANT, as JSON, to what the tests load; no file is touched. */
export function mutantPlugin(): Plugin {
  const mutant = JSON.parse(process.env.SLUICE_MUTANT as string) as Mutant
  return {
    name: 'mutant',
    enforce: 'pre',
    transform: (code, id) => (id.endsWith(`/${mutant.file}`) ? mutate(mutant, code) : undefined),
  }
}
