import { clientReasons } from './access-client.ts'
import type { AccessRecord, MalformedLine } from './access-line.ts'
import { parseClientAddress } from './client-address.ts'

/** Why a JSON line could not be read: one sentence each. */
export const jsonReasons = {
  shape: "The line is not a JSON object with the fields of nginx or of Caddy's access log.",
  date: 'The date of the JSON line is missing, lies before 1970, or is neither seconds since the epoch nor ISO 8601 with a zone.',
} as const

type Fields = Readonly<Record<string, unknown>>

const isoPattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))$/

/**
 * Reads one JSON line: Caddy's access log, or nginx's where the fields are named after its variables (`remote_addr`,
 * `time_iso8601` or `msec`, `request`, `status`, `body_bytes_sent`).
 */
export function parseJsonLine(line: string): AccessRecord | MalformedLine {
  const fields = parseObject(line)
  if (fields === undefined) return { malformed: jsonReasons.shape }
  const record = isObject(fields.request) ? fromCaddy(fields, fields.request) : fromNginx(fields)
  const { source, request, status, bytes } = record
  if (typeof source !== 'string' || request === undefined || !/^\d{3}$/.test(status) || !/^\d{1,15}$/.test(bytes)) {
    return { malformed: jsonReasons.shape }
  }

  const client = parseClientAddress(source)
  if (client === undefined) {
    return { malformed: source === '' || source === '-' ? clientReasons.missing : clientReasons.unclear }
  }
  const time = parseTime(record.time)
  if (time === undefined) return { malformed: jsonReasons.date }
  return { client: client.text, time, request, status: Number(status), bytes: Number(bytes) }
}

/** The same fields of either server, before they are judged. */
interface Found {
  readonly source: unknown
  readonly time: unknown
  readonly request: string | undefined
  readonly status: string
  readonly bytes: string
}

/** `client_ip` came with 2.7 and believes only trusted proxies; before it stood `remote_ip`, and at first `remote_addr`. */
function fromCaddy({ ts, status, size }: Fields, request: Fields): Found {
  const { method, uri, proto } = request
  return {
    source: request.client_ip ?? request.remote_ip ?? request.remote_addr,
    time: ts,
    request: [method, uri, proto].every((part) => typeof part === 'string') ? `${method} ${uri} ${proto}` : undefined,
    status: String(status),
    bytes: String(size),
  }
}

function fromNginx(fields: Fields): Found {
  const { request, status, body_bytes_sent: bytes = 0 } = fields
  const { msec } = fields
  return {
    source: fields.remote_addr,
    time: fields.time_iso8601 ?? (typeof msec === 'string' && /^\d+\.\d+$/.test(msec) ? Number(msec) : msec),
    request: typeof request === 'string' ? request : undefined,
    status: String(status),
    bytes: String(bytes),
  }
}

/** Whole ms since the epoch; `undefined` for what is no date. */
function parseTime(time: unknown): number | undefined {
  if (typeof time === 'number') {
    // A double of seconds is up to 0.01 ms off. Above this bound the seconds are milliseconds, which another time format of Caddy writes.
    return time >= 0 && time < 1e11 ? Math.floor(Number((time * 1000).toFixed(1))) : undefined
  }
  const matched = typeof time === 'string' ? isoPattern.exec(time) : null
  if (matched === null) return undefined
  const [, wall = '', fraction = '', sign, hours = 0, minutes = 0] = matched
  const whole = Date.parse(`${wall}Z`)
  // A date that does not exist has no number, or has rolled over into another.
  if (Number.isNaN(whole) || new Date(whole).toISOString().slice(0, 19) !== wall) return undefined
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
  const at = whole - (sign === '-' ? -offset : offset) + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return at >= 0 ? at : undefined
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
