import { dirname, join } from 'node:path'
import { filesOf, root } from '../packages.ts'
import type { Mutant } from './mutant.ts'

/** The mutants of all packages and apps, their files given from the root: those of the laws first, in the order of the laws. */
export async function findMutants(): Promise<readonly Mutant[]> {
  const found = await Promise.all(filesOf('{packages,apps}/**/mutants.ts').map(mutantsIn))
  return found.flat().sort((a, b) => numberOf(a) - numberOf(b))
}

async function mutantsIn(file: string): Promise<readonly Mutant[]> {
  const { mutants } = (await import(join(root, file))) as { readonly mutants: readonly Mutant[] }
  return mutants.map((mutant) => ({ ...mutant, file: join(dirname(file), mutant.file) }))
}

function numberOf({ law }: Mutant): number {
  return typeof law === 'number' ? law : Number.MAX_SAFE_INTEGER
}
