import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DescribedAlgorithm, DescribedStore, SluicePackage } from '@sluice/core'

const root = join(import.meta.dirname, '..', '..')

/** What the packages of the house bring to a document, by the names that a document has for them. */
export interface HousePackages {
  readonly algorithms: ReadonlyMap<string, DescribedAlgorithm>
  readonly stores: ReadonlyMap<string, DescribedStore>
}

/** All of them, found by their folders: a new one is among them by itself. */
export async function housePackages(): Promise<HousePackages> {
  const algorithms = await described('packages/algorithms/*', 'algorithm')
  const stores = await described('packages/stores/*', 'store')
  const core = await read('packages/core')
  return { algorithms, stores: new Map([['memory', core.store as DescribedStore], ...stores]) }
}

async function described<K extends keyof SluicePackage>(
  folders: string,
  kind: K,
): Promise<Map<string, NonNullable<SluicePackage[K]>>> {
  const found = globSync(`${folders}/package.json`, { cwd: root }).sort()
  const entries = found.map(async (file) => {
    const sluice = await read(dirname(file))
    return [basename(dirname(file)), sluice[kind] as NonNullable<SluicePackage[K]>] as const
  })
  return new Map(await Promise.all(entries))
}

async function read(folder: string): Promise<SluicePackage> {
  const exports = (await import(join(root, folder, 'src', 'index.ts'))) as { readonly sluice: SluicePackage }
  return exports.sluice
}
