import { type FoundClient, findClient } from './access-client.ts'
import { parseJsonLine } from './json-line.ts'
import { remembered } from './remembered.ts'

/** One request of an access log. */
export interface AccessRecord {
  /** The client's IP address, in one spelling for each client, or its host name where the server looks names up. */
  readonly client: string
  /** Ms since the epoch. */
  readonly time: number
  /** The request line as it was logged, escapes included: `GET / HTTP/1.1`. */
  readonly request: string
  readonly status: number
  /** The size of the response; 0 where the log has `-`. */
  readonly bytes: number
}

/** A line that could not be read. */
export interface MalformedLine {
  /** Why, in one sentence: one of a few, which never repeats what the line holds. */
  readonly malformed: string
}

/** The longest line that is read, in UTF-16 code units; a longer one is malformed. */
export const longestLine = 65_536

const reasons = {
  long: `The line is longer than ${longestLine} characters.`,
  broken: 'A line break of another kind than the log uses stands inside the line.',
  shape: 'The line is not in the common or combined format.',
  date: 'The date does not exist, lies before 1970, or is not written like [17/May/2015:10:05:03 +0200].',
} as const

// What stands before the date, [time] "request" status bytes, and whatever follows. Each part ends at a character that it
// cannot hold, so a line is read in one pass, whatever is in it. Before the date a bracket can only hold an IPv6 address.
const linePattern =
  /^((?:[^[]|\[[\da-f:.]+\](?=[:, ]))*) \[([^\]]*)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d{1,15}|-)(?=\s|$)/is
const timePattern = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? ([+-])(\d{2})(\d{2})$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const clientOf = remembered<FoundClient>(findClient, 5000)
const timeOf = remembered(parseTime, 50)

/**
 * Reads one line in common or combined log format, with a virtual host before the client or without, or a JSON line of nginx
 * or Caddy; further fields are ignored. A line whose client cannot be known for certain is malformed.
 */
export function parseAccessLine(line: string): AccessRecord | MalformedLine {
  if (line.length > longestLine) return { malformed: reasons.long }
  if (/[\r\n]./s.test(line)) return { malformed: reasons.broken }
  if (/^\{\s*"/.test(line)) return parseJsonLine(line)
  const [matched, head, date, request, status, bytes] = linePattern.exec(line) ?? []
  if (matched === undefined || head === undefined || date === undefined || request === undefined) {
    return { malformed: reasons.shape }
  }

  const found = clientOf(head) as FoundClient
  if ('malformed' in found) return found
  const time = timeOf(date)
  if (time === undefined) return { malformed: reasons.date }
  return { client: found.client, time, request, status: Number(status), bytes: bytes === '-' ? 0 : Number(bytes) }
}

/** Whole ms since the epoch of `17/May/2015:10:05:03.250 +0200`; `undefined` for a date that does not exist or lies before it. */
function parseTime(text: string): number | undefined {
  const matched = timePattern.exec(text)
  if (matched === null) return undefined
  const [, day, month = '', year, hour, minute, second, fraction = '', sign, zoneHour, zoneMinute] = matched

  const wall = new Date(0)
  wall.setUTCFullYear(Number(year), months.indexOf(month), Number(day))
  wall.setUTCHours(Number(hour), Number(minute), Number(second))
  // A date that does not exist, such as 31 April, has rolled over into another.
  const written = `${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day}T${hour}:${minute}:${second}.000Z`
  if (wall.toISOString() !== written || Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined

  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000
  const time = wall.getTime() - (sign === '-' ? -offset : offset) + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return time >= 0 ? time : undefined
}
