import { type AccessLog, logLines, readAccessLog } from '@sluice/simulation'
import { logBytes } from './log-bytes.ts'
import type { Progress } from './progress.ts'

/** Reads a log from a file, or from standard input when it is called `-`. Throws when it holds no request at all. */
export async function readLog(file: string, progress: Progress): Promise<AccessLog> {
  const log = await readAccessLog(counted(logLines(logBytes(file)), progress))
  progress.next()
  if (log.times.length > 0) return log

  const name = file === '-' ? 'standard input' : file
  const wanted = `Expected ${name} to be an access log, common, combined or JSON lines of nginx or Caddy`
  if (log.malformed.length === 0) throw new Error(`${wanted}, found no lines`)
  throw new Error([`${wanted}, found no line that can be read:`, ...malformedTexts(log)].join('\n'))
}

async function* counted(lines: AsyncIterable<string>, progress: Progress): AsyncGenerator<string> {
  let read = 0
  for await (const line of lines) {
    read += 1
    progress.at(read, () => `read ${read.toLocaleString('en-US')} lines`)
    yield line
  }
}

const mostNumbers = 5

/** For each reason the lines that were left out for it, the first of them by number. */
export function malformedTexts({ malformed }: AccessLog): string[] {
  return malformed.map(({ reason, lines }) => {
    const numbers = lines.slice(0, mostNumbers).join(', ') + (lines.length > mostNumbers ? ', …' : '')
    const what = lines.length === 1 ? `line ${numbers}` : `${lines.length.toLocaleString('en-US')} lines (${numbers})`
    return `  ${what}: ${reason}`
  })
}
