import { allFields, type NodeHeaders } from '../header-fields.ts'
import type { ReportedLimit } from './reported-limit.ts'
import { separateLimits } from './separate-limits.ts'
import { policyWindow, structuredLimits } from './structured-limits.ts'
import { dateOf, parseWait, wholeMs } from './wait-time.ts'

/** The limits that a response reports. */
export interface ReportedLimits {
  /** Each holds by itself: the one that needs the longest wait decides. */
  readonly limits: readonly ReportedLimit[]
  /** Ms to wait before the next request; it takes precedence over what the limits say. */
  readonly retryAfterMs?: number
}

/**
 * Reads the limits that a server reports, in any of the forms in use. Malformed fields are left out. `now`, in ms since the epoch,
 * is when the response came; the `Date` of the response takes precedence.
 */
export function readLimits(headers: Headers | NodeHeaders, now: number): ReportedLimits {
  const fields = allFields(headers)
  const date = dateOf(fields.get('date') ?? '')
  const serverNow = Number.isNaN(date) ? now : date
  const retryAfterMs = retryAfter(fields, serverNow)
  return { limits: limitsOf(fields, serverNow), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function limitsOf(fields: ReadonlyMap<string, string>, now: number): readonly ReportedLimit[] {
  // A cached response repeats the limits of another client, at another time.
  if (Number(fields.get('age') ?? 0) > 0) return []
  const structured = structuredLimits(fields)
  const separate = separateLimits(fields, now)
  if (structured.length === 0) {
    const window = policyWindow(fields)
    return separate.map((limit) => (limit.name === 'default' ? { ...limit, ...window } : limit))
  }
  // Older fields repeat under no name what the newer ones say.
  return [...structured, ...separate.filter(({ name }) => name !== 'default')]
}

function retryAfter(fields: ReadonlyMap<string, string>, now: number): number | undefined {
  const precise = fields.get('retry-after-ms')?.trim()
  if (precise !== undefined && /^\d{1,15}(?:\.\d+)?$/.test(precise)) return wholeMs(Number(precise))
  const value = fields.get('retry-after')?.trim()
  return value === undefined ? undefined : parseWait(value, now)
}
