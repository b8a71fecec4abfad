import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type CheckedLimiter, type CheckedSluice, checkSluice, parseText } from '@sluice/config'
import { UsageError } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/** Reads a document and checks all of it, without opening its store. Throws a `DocumentError` that has all that is wrong. */
export async function readDocument(file: string, { env }: Terminal): Promise<CheckedSluice> {
  return checkSluice(await parsedDocument(file), { env, folder: dirname(resolve(file)), called: file })
}

/**
 * The limiters of a document. Its store is not looked at, so that its address and passwords need not be known where only
 * limits are tried.
 */
export async function readLimiters(file: string, { env }: Terminal): Promise<Readonly<Record<string, CheckedLimiter>>> {
  const document = await parsedDocument(file)
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  const { store: _, ...rest } = isObject ? (document as { readonly store?: unknown }) : {}
  const checked = await checkSluice(isObject ? rest : document, {
    env,
    folder: dirname(resolve(file)),
    called: file,
  })
  return checked.limiters
}

/** What a document holds, not yet checked. */
export async function parsedDocument(file: string): Promise<unknown> {
  return parseText(await textOf(file), file)
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(explained(file, error as NodeJS.ErrnoException))
  }
}

/** Why a file cannot be read, in a sentence. */
export function explained(file: string, { code, message }: NodeJS.ErrnoException): string {
  const shown = JSON.stringify(file)
  if (code === 'ENOENT') return `Expected ${shown} to be a file, there is none`
  if (code === 'EISDIR') return `Expected ${shown} to be a file, it is a folder`
  if (code === 'EACCES') return `Expected ${shown} to be a file that may be read, it may not`
  if (code === 'Z_BUF_ERROR') return `Expected ${shown} to be a whole gzip file, it ends in the midst of its data`
  if (code === 'Z_DATA_ERROR') return `Expected ${shown} to be a sound gzip file, its data are broken`
  return `Expected ${shown} to be readable, got: ${message}`
}

/** The limiter of a name, or all that a command may be asked about. Throws a `UsageError` that lists the names. */
export function chosenLimiters(
  limiters: Readonly<Record<string, CheckedLimiter>>,
  name: string | undefined,
  file: string,
): readonly (readonly [string, CheckedLimiter])[] {
  const all = Object.entries(limiters)
  if (name === undefined) return all
  const found = all.filter(([one]) => one === name)
  if (found.length > 0) return found
  const names = all.map(([one]) => one).join(', ')
  throw new UsageError(`Expected a limiter of ${JSON.stringify(file)}, ${names}, got ${JSON.stringify(name)}`)
}
