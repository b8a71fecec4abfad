import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf, shown } from '@sluice/core/internal'
import type { ConfiguredLimiter } from './configured-limiter.ts'
import { DocumentError, problemIn, quoted } from './document-error.ts'
import { expectLoadOptions, type LoadOptions, loadOptionNames } from './load-options.ts'
import { parseText } from './parse-text.ts'
import { type OpenedSluice, openSluice } from './running.ts'
import type { Sluice } from './sluice.ts'
import { type Watch, watchFile } from './watch-file.ts'

/** How a document in a file is loaded. */
export interface LoadFileOptions<N extends string = string> extends LoadOptions {
  /** Limiters that must be there, so that their names are known to the type checker. */
  readonly limiters?: readonly N[] | undefined
  /** Whether a change of the file is applied by itself, or a way of your own to notice it. Default `false`. */
  readonly watch?: boolean | Watch | undefined
}

/**
 * Limiters and the store of a document in a file: JSON, or YAML where its name ends in `.yaml` or `.yml`. As `loadSluice`; a file that
 * cannot be read, or is neither, is a `DocumentError` too.
 */
export async function loadSluiceFile<const N extends string = string>(
  path: string | URL,
  options: LoadFileOptions<N> = {},
): Promise<Sluice<Readonly<Record<N, ConfiguredLimiter>>>> {
  const { limiters: needed = [], watch = false, ...rest } = options
  expectLoadOptions('loadSluiceFile', options, [...loadOptionNames, 'limiters', 'watch'])
  const watchWith = expectWatch(watch)
  const given = typeof path === 'string' ? path : fileURLToPath(path)
  const file = resolve(given)
  const loading: LoadOptions = { folder: dirname(file), called: given, ...rest }

  const reader = fileReader(file, given)
  const read = async (): Promise<unknown> => expectLimiters(await reader.read(), needed, given)
  const sluice = await openSluice(await read(), loading)
  const stop =
    watchWith === undefined ? undefined : watching(sluice, reader, read, (changed) => watchWith(file, changed))
  return {
    limiters: sluice.limiters as Readonly<Record<N, ConfiguredLimiter>>,
    store: sluice.opened.store,
    client: sluice.opened.client,
    reload: (document) =>
      sluice.apply(document === undefined ? read : async () => expectLimiters(document, needed, given)),
    async close() {
      stop?.()
      await sluice.close()
    },
  }
}

function expectWatch(watch: unknown): Watch | undefined {
  if (typeof watch === 'function') return watch as Watch
  if (typeof watch === 'boolean') return watch ? watchFile : undefined
  throw new TypeError(`Expected \`watch\` to be true, false or a function, got ${shown(watch)}`)
}

interface FileReader {
  /** Reads the document. */
  read(): Promise<unknown>
  /** Whether the text of the file is another than at the last reading. */
  hasChanged(): Promise<boolean>
}

function fileReader(file: string, called: string): FileReader {
  let last: string | undefined
  return {
    async read() {
      last = undefined
      try {
        last = await readFile(file, 'utf8')
      } catch (error) {
        throw new DocumentError(called, [
          problemIn([], `Expected the file to be readable, got ${codeOf(error as Error)}`),
        ])
      }
      return parseText(last, called)
    },
    async hasChanged() {
      const text = await readFile(file, 'utf8').catch(() => undefined)
      return text !== last
    },
  }
}

/** Applies the file when it has changed. What is wrong with it is an event; nobody waits for it. */
function watching(
  sluice: OpenedSluice,
  reader: FileReader,
  read: () => Promise<unknown>,
  start: (changed: () => void) => () => void,
): () => void {
  const look = async (): Promise<void> => {
    if (await reader.hasChanged()) await sluice.apply(read)
  }
  const changed = (): void => {
    look().catch(() => {})
  }
  const stop = start(changed)
  // What changed before the watch began.
  changed()
  return stop
}

/** Whether the limiters that the code needs are there; all else is checked with the document. */
function expectLimiters(document: unknown, needed: readonly string[], called: string): unknown {
  const limiters: unknown =
    typeof document === 'object' && document !== null && 'limiters' in document ? document.limiters : undefined
  if (typeof limiters !== 'object' || limiters === null) return document
  const problems = needed
    .filter((name) => !Object.hasOwn(limiters, name))
    .map((name) =>
      problemIn(
        ['limiters', name],
        `Expected ${quoted(['limiters', name])} to be a limiter that the code asks for, got nothing`,
      ),
    )
  if (problems.length > 0) throw new DocumentError(called, problems)
  return document
}
