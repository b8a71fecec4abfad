/** One request of an access log. */
export interface AccessRecord {
  /** The client's IP address, or its host name where the server looks names up. */
  readonly client: string
  /** Ms since the epoch. */
  readonly time: number
  /** The request line as it was logged, escapes included: `GET / HTTP/1.1`. */
  readonly request: string
  readonly status: number
  /** The size of the response; 0 where the log has `-`. */
  readonly bytes: number
}

/** The longest line that is read; a longer one is malformed. */
export const longestLine = 65_536

// client identity user [time] "request" status bytes, and whatever follows. Each part ends at a character that it cannot
// hold, so a line is read in one pass, whatever is in it.
const linePattern = /^(\S+) \S+ [^\s[][^[]* \[([^\]]*)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d{1,15}|-)(?=\s|$)/
const timePattern = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Reads one line in common or combined log format, further fields ignored; `undefined` when it is malformed. */
export function parseAccessLine(line: string): AccessRecord | undefined {
  if (line.length > longestLine) return undefined
  const [matched, client, date, request, status, bytes] = linePattern.exec(line) ?? []
  if (matched === undefined || client === undefined || date === undefined || request === undefined) return undefined

  const time = parseTime(date)
  if (time === undefined) return undefined
  return { client, time, request, status: Number(status), bytes: bytes === '-' ? 0 : Number(bytes) }
}

/** Ms since the epoch of `17/May/2015:10:05:03 +0200`; `undefined` for a date that does not exist or lies before it. */
function parseTime(text: string): number | undefined {
  const [matched, day, month, year, hour, minute, second, sign, zoneHour, zoneMinute] = timePattern.exec(text) ?? []
  if (matched === undefined || month === undefined) return undefined

  const wall = new Date(0)
  wall.setUTCFullYear(Number(year), months.indexOf(month), Number(day))
  wall.setUTCHours(Number(hour), Number(minute), Number(second))
  // A date that does not exist, such as 31 April, has rolled over into another.
  const written = `${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day}T${hour}:${minute}:${second}.000Z`
  if (wall.toISOString() !== written || Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined

  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000
  const time = wall.getTime() - (sign === '-' ? -offset : offset)
  return time >= 0 ? time : undefined
}
