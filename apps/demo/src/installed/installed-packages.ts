import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** A package that says it is an algorithm. */
export interface InstalledPackage {
  readonly name: string
  /** Where its sources lie. */
  readonly folder: string
}

const demo = join(import.meta.dirname, '..', '..')

/** Where the demo finds packages, the nearest first. */
export const installedIn: readonly string[] = [demo, join(demo, '..', '..')].map((at) => join(at, 'node_modules'))

/** The algorithms among the packages of Sluice in these folders, by name. They are found by their manifests, not loaded. */
export function installedPackages(folders: readonly string[] = installedIn): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  for (const folder of folders.flatMap(packagesIn)) {
    const { name, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    if (repository?.directory?.includes('algorithms/') && !found.has(name)) found.set(name, { name, folder })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function packagesIn(folder: string): readonly string[] {
  const scope = join(folder, '@sluice')
  return readdirSync(scope).map((name) => realpathSync(join(scope, name)))
}

interface Manifest {
  readonly name: string
  readonly repository?: { readonly directory?: string }
}

/** The module `installed-algorithms.ts` for a browser, which cannot look into folders. */
export function installedAsModule(packages: readonly InstalledPackage[] = installedPackages()): string {
  const imports = packages.map(({ name }, i) => `import { sluice as sluice${i} } from '${name}'`)
  const entries = packages.map(({ name }, i) => `  { packageName: '${name}', algorithm: sluice${i}.algorithm },`)
  const list = ['export const installedAlgorithms = [', ...entries, '].filter(({ algorithm }) => algorithm)']
  return [...imports, ...list, ''].join('\n')
}
