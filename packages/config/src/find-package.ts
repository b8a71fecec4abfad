import { pathToFileURL } from 'node:url'
import type { SluicePackage } from '@sluice/core'
import { resolve } from 'import-meta-resolve'

/** What a document may name. */
export type Kind = keyof SluicePackage

/** What importing a package gave: its exports, the name of a package that is not installed, or what it threw. */
export type Found = { readonly exports: unknown } | { readonly missing: string } | { readonly failed: unknown }

/** The package of a name in a document: ours have short names, all others their own. */
export function packageOf(kind: Kind, name: string): string {
  if (name.includes('/')) return name
  if (kind === 'algorithm') return `@sluice/${name}`
  return name === 'memory' ? '@sluice/core' : `@sluice/store-${name}`
}

/**
 * Imports what a document names: ours by its short name, else the package of that very name. Looked for beside this package, then in
 * the folder of the application, where a strict package manager has put it.
 */
export async function findPackage(kind: Kind, name: string, folder: string): Promise<Found> {
  const ours = packageOf(kind, name)
  const found = await importFrom(ours, folder)
  if (ours === name || !isMissing(found, ours)) return found
  const other = await importFrom(name, folder)
  return isMissing(other, name) ? found : other
}

/** Without the subpath of an entry point. */
export function withoutSubpath(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function isMissing(found: Found, name: string): boolean {
  return 'missing' in found && found.missing === withoutSubpath(name)
}

async function importFrom(name: string, folder: string): Promise<Found> {
  const beside = await attempt(() => import(/* @vite-ignore */ /* webpackIgnore: true */ name))
  if (!isMissing(beside, name)) return beside
  return attempt(() => {
    const url = resolve(name, pathToFileURL(`${folder}/`).href)
    return import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  })
}

async function attempt(load: () => Promise<unknown>): Promise<Found> {
  try {
    return { exports: await load() }
  } catch (error) {
    const missing = missingPackage(error)
    return missing === undefined ? { failed: error } : { missing }
  }
}

/** The package that an import did not find, which may be one that the imported package needs; `undefined` for other errors. */
export function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { readonly code?: unknown }
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined
  const name = /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1]
  return name === undefined || /^[./]|^file:/.test(name) ? undefined : withoutSubpath(name)
}
