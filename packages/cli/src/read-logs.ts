import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type AccessLog, type Gunzip, gunzipped, logLines, readAccessLog } from '@sluice/simulation'
import { UsageError } from './exit-code.ts'
import type { Progress } from './progress.ts'
import { explained } from './read-document.ts'
import { countText, printable, wrapped } from './spelled.ts'
import type { Terminal } from './terminal.ts'

/** Reads logs, one after the other, as if they were one; `-` is standard input. Throws a `UsageError` where none has a request. */
export async function readLogs(files: readonly string[], terminal: Terminal, progress: Progress): Promise<AccessLog> {
  const log = await readAccessLog(counted(linesOf(files, terminal), progress))
  progress.next()
  if (log.times.length > 0) return log
  const named = files.map((file) => (file === '-' ? 'standard input' : JSON.stringify(file))).join(', ')
  const wanted = `Expected ${named} to be an access log in common or combined format, or JSON lines of nginx or Caddy`
  if (log.malformed.length === 0) throw new UsageError(`${wanted}, found no lines`)
  throw new UsageError([`${wanted}, found no line that can be read.`, ...malformedLines(log)].join('\n'))
}

async function* linesOf(files: readonly string[], { input }: Terminal): AsyncGenerator<string> {
  for (const file of files) yield* logLines(bytesOf(file, input))
}

async function* bytesOf(file: string, input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzipped(file === '-' ? input : createReadStream(file), byZlib)
  } catch (error) {
    throw new UsageError(explained(file, error as NodeJS.ErrnoException), { cause: error })
  }
}

/** Reads several gzip files in one, too, as `gzip >>` makes them. An error of the source or of the data ends the stream with it. */
const byZlib: Gunzip = (bytes) => pipeline(Readable.from(bytes), createGunzip(), () => {})

async function* counted(lines: AsyncIterable<string>, progress: Progress): AsyncGenerator<string> {
  let read = 0
  for await (const line of lines) {
    read += 1
    progress.at(read, () => `read ${countText(read)} lines`)
    yield line
  }
}

const mostNumbers = 5
const shownOfLine = 60

/** How many lines were not understood: for each reason which, and the first three as they are. */
export function malformedLines({
  malformed,
  firstMalformed,
}: Pick<AccessLog, 'malformed' | 'firstMalformed'>): string[] {
  const total = malformed.reduce((sum, { lines }) => sum + lines.length, 0)
  if (total === 0) return []
  const reasons = malformed.flatMap(({ reason, lines }) => {
    const numbers = lines.slice(0, mostNumbers).join(', ') + (lines.length > mostNumbers ? ', …' : '')
    return wrapped(`  ${countText(lines.length)} (line ${numbers}): ${reason}`, 4)
  })
  const first = firstMalformed.map(({ number, text }) => `  line ${number}: ${printable(text, shownOfLine)}`)
  return [`Lines that were not understood: ${countText(total)}`, ...reasons, 'The first of them:', ...first]
}
