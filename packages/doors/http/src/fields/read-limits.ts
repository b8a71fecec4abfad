import { allFields, type NodeHeaders } from '../header-fields.ts'
import type { ReportedLimit } from './reported-limit.ts'
import { separateLimits } from './separate-limits.ts'
import { policyWindow, structuredLimits } from './structured-limits.ts'
import { dateOf, parseWait, wholeMs } from './wait-time.ts'

/** What a response says of limits. */
export interface ReportedLimits {
  /** Each holds by itself: the one that needs the longest wait decides. */
  readonly limits: readonly ReportedLimit[]
  /** Ms to wait before the next request; it takes precedence over what the limits say. */
  readonly retryAfterMs?: number
}

/**
 * Reads what a server says of its limits, in any of the forms that are in use; what is malformed is left out. `now` is when the
 * response came, in ms since the epoch: it counts only where the response has no `Date`.
 */
export function readLimits(headers: Headers | NodeHeaders, now: number): ReportedLimits {
  const fields = allFields(headers)
  const date = dateOf(fields.get('date') ?? '')
  const serverNow = Number.isNaN(date) ? now : date
  const retryAfterMs = retryAfter(fields, serverNow)
  return { limits: limitsOf(fields, serverNow), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function limitsOf(fields: ReadonlyMap<string, string>, now: number): readonly ReportedLimit[] {
  // A cache repeats what was said to somebody else, some time ago.
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
