import { dirname, resolve } from 'node:path'
import { type CheckedSluice, checkSluice, loadSluice, type Sluice, type SluiceDocument } from '@sluice/config'
import { UsageError } from './exit-code.ts'
import { parsedDocument } from './read-document.ts'
import { type RedisNodes, redisNodes } from './redis-nodes.ts'
import type { Terminal } from './terminal.ts'
import { troubleOf } from './trouble.ts'

/** A document whose store was opened, to look into it. */
export interface OpenedDocument {
  readonly file: string
  readonly checked: CheckedSluice
  /** Those of the document; they reject when the store cannot answer, whatever `failure` says. */
  readonly limiters: Sluice<Awaited<ReturnType<typeof loadSluice>>['limiters']>['limiters']
  /** The servers; `undefined` where the store is not on Redis. */
  readonly nodes: RedisNodes | undefined
  /** What every stored key starts with on Redis. */
  readonly prefix: string
}

/** Long enough for a server that is slow; the document's own deadline is for requests. */
const patience = { failure: 'throw', deadline: '5s' }

/** The same, and how to close it. */
export interface ClosableDocument extends OpenedDocument {
  /** The code of the last error of the client. */
  told(): string | undefined
  close(): Promise<void>
}

/**
 * Opens the store of a document, lets a task use it, and closes it. Throws a `UsageError` where the store is in the memory of
 * another process, and an error without secrets when the store cannot answer.
 */
export async function withStore<T>(
  file: string,
  terminal: Terminal,
  task: (opened: OpenedDocument) => Promise<T>,
): Promise<T> {
  const opened = await openDocument(file, terminal)
  try {
    return await task(opened)
  } catch (error) {
    throw error instanceof UsageError ? error : unanswered(file, troubleOf(error, opened.prefix, opened.told()).code)
  } finally {
    await opened.close()
  }
}

/** Opens a document, whether or not its store answers. Throws a `UsageError` where that is in the memory of another process. */
export async function openDocument(file: string, { env }: Terminal): Promise<ClosableDocument> {
  const document = await parsedDocument(file)
  const options = { env, folder: dirname(resolve(file)), called: file }
  const checked = await checkSluice(document, options)
  const { driver } = checked.store
  if (driver === 'memory' || driver === 'compact') {
    throw new UsageError(
      `Expected \`store.driver\` of ${JSON.stringify(file)} to be a store that processes share, got ${driver}: what it counts is in the memory of the process that uses it`,
    )
  }
  let told: string | undefined
  const onEvent = (event: { readonly type: string; readonly code?: string }): void => {
    if (event.type === 'client:error') told = event.code
  }
  const { limiters, client, close } = await loadSluice(patient(document as SluiceDocument), { ...options, onEvent })
  const { prefix = 'sluice' } = checked.store.options as { readonly prefix?: string }
  return { file, checked, limiters, nodes: redisNodes(client), prefix, told: () => told, close }
}

function patient(document: SluiceDocument): SluiceDocument {
  const limiters = Object.entries(document.limiters).map(([name, limiter]) => [name, { ...limiter, ...patience }])
  return { ...document, limiters: Object.fromEntries(limiters) }
}

/** What a client says may hold an address with a password, so only a code is told. */
function unanswered(file: string, code: string): Error {
  return new Error(
    `Expected the store of ${JSON.stringify(file)} to answer, it failed with ${code}. What to do says: sluice doctor --config ${file}`,
  )
}
