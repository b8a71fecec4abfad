import { parseAccessLine } from './access-line.ts'
import { detached } from './remembered.ts'

/** What was read of an access log: of each request only who and when, so that a long log fits into memory. */
export interface AccessLog {
  /** Each client once, in the order of their first requests. */
  readonly clients: readonly string[]
  /** For each request, in the order of the lines, the index of its client. */
  readonly clientOf: readonly number[]
  /** When each request came, in ms since the epoch. */
  readonly times: readonly number[]
  /** The lines that could not be read, by the reason; a reason that came up first is first. Blank lines are not among them. */
  readonly malformed: readonly MalformedLines[]
  /** The first three of those lines, as they are; nothing in them is safe to show as it is. */
  readonly firstMalformed: readonly LogLine[]
}

/** One line of a log. */
export interface LogLine {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** Lines that could not be read for one reason. */
export interface MalformedLines {
  /** One sentence. */
  readonly reason: string
  /** Their numbers, from 1. */
  readonly lines: readonly number[]
}

const mostShown = 3

/** Reads an access log line by line, as `parseAccessLine` does. Malformed lines are counted and never thrown. */
export async function readAccessLog(lines: Iterable<string> | AsyncIterable<string>): Promise<AccessLog> {
  const indexes = new Map<string, number>()
  const clientOf: number[] = []
  const times: number[] = []
  const malformed = new Map<string, number[]>()
  const firstMalformed: LogLine[] = []

  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const record = parseAccessLine(line)
    if ('malformed' in record) {
      addTo(malformed, record.malformed, number)
      if (firstMalformed.length < mostShown) firstMalformed.push({ number, text: detached(line) })
    } else {
      clientOf.push(indexOf(indexes, record.client))
      times.push(record.time)
    }
  }
  return {
    clients: [...indexes.keys()],
    clientOf,
    times,
    malformed: [...malformed].map(([reason, lines]) => ({ reason, lines })),
    firstMalformed,
  }
}

function indexOf(indexes: Map<string, number>, client: string): number {
  const known = indexes.get(client)
  if (known !== undefined) return known
  indexes.set(detached(client), indexes.size)
  return indexes.size - 1
}

function addTo(malformed: Map<string, number[]>, reason: string, line: number): void {
  const lines = malformed.get(reason)
  if (lines === undefined) malformed.set(reason, [line])
  else lines.push(line)
}
