import { type AccessRecord, parseAccessLine } from './access-line.ts'

/** What was read of an access log. */
export interface AccessLog {
  /** In the order of the lines. */
  readonly records: readonly AccessRecord[]
  /** The numbers of the lines that could not be read, from 1. Blank lines are not among them. */
  readonly malformed: readonly number[]
}

/** Reads an access log in common or combined format, line by line. Malformed lines are reported, never thrown. */
export async function readAccessLog(lines: Iterable<string> | AsyncIterable<string>): Promise<AccessLog> {
  const records: AccessRecord[] = []
  const malformed: number[] = []
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const record = parseAccessLine(line)
    if (record === undefined) malformed.push(number)
    else records.push(record)
  }
  return { records, malformed }
}
