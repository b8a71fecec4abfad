import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Harness, Subject } from '@sluice/testkit'

/** The folder of the whole house. */
export const root: string = join(import.meta.dirname, '..')

/** Files of the house by a pattern, from the root and in order; none of those that others made. */
export function filesOf(pattern: string): readonly string[] {
  const exclude = (name: string): boolean => name.includes('node_modules')
  return globSync(pattern, { cwd: root, exclude }).sort()
}

/** The folders of all public packages, from the root: a folder with a manifest is a package. */
export function packageFolders(): readonly string[] {
  return filesOf('packages/**/package.json').map((file) => dirname(file))
}

/** Every algorithm, ready for the laws. */
export async function findAlgorithms(): Promise<readonly Subject[]> {
  const found = await importAll<{ readonly subject: Subject }>('packages/algorithms/*/src/conformance.ts')
  return found.map(({ subject }) => subject)
}

/** Every store, over the Redis at `url` where it keeps its state in one, ready for the laws. */
export async function findStores(url: string): Promise<readonly Harness[]> {
  type Conformance = { harness(url: string): Promise<Harness> }
  const found = await importAll<Conformance>('packages/stores/*/src/conformance.ts')
  return Promise.all(found.map(({ harness }) => harness(url)))
}

function importAll<T>(pattern: string): Promise<T[]> {
  return Promise.all(filesOf(pattern).map((file) => import(join(root, file)) as Promise<T>))
}
