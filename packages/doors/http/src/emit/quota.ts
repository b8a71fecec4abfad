import type { Decision, Policy, PolicyDecision } from '@sluice/core'

/** The quota of a policy in units, and the ms in which the whole of it comes back. */
export type Quota = Pick<Policy, 'limit' | 'window'>

/** The part of a limiter that the fields are made from. */
export interface QuotaSource {
  readonly name: string
  readonly policies: Readonly<Record<string, Quota>>
}

/** The part of a decision that the fields are made from. */
export type DecisionNumbers = Pick<
  Decision,
  'allowed' | 'limit' | 'remaining' | 'retryAfterMs' | 'resetAfterMs' | 'policy' | 'policies' | 'shadow'
> & {
  readonly source: string
  /** When it was decided, in ms since the epoch. */
  readonly at: number
}

/** The most that an integer of a structured field holds. */
export const largestInteger = 999_999_999_999_999

/**
 * Whole seconds after which a refused client may come back: rounded up, at least 1; `undefined` for never.
 */
export function retryAfterSeconds(retryAfterMs: number): number | undefined {
  return retryAfterMs === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000))
}

/** Units that may be used within so many seconds. */
export interface Available {
  readonly remaining: number
  /** Absent if the decision does not tell when there is more. */
  readonly seconds?: number
}

/**
 * The units that a policy offers, and for how long. `remaining / seconds` is never above the rate at which the quota comes back,
 * because a client may take it for a rate; and the seconds of a refusal end with its `Retry-After`.
 */
export function available(decision: PolicyDecision, quota: Quota): Available {
  const remaining = Math.min(decision.remaining, largestInteger)
  const wait = decision.allowed ? undefined : retryAfterSeconds(decision.retryAfterMs)
  if (remaining === 0) return wait === undefined ? { remaining } : { remaining, seconds: wait }

  const seconds = Math.ceil(ceilQuotient(remaining, quota.window, quota.limit) / 1000)
  if (wait === undefined || wait >= seconds) return { remaining, seconds }
  // Some of the quota is left, but less than the refused cost. Offer only as much as comes back until the retry.
  return { remaining: Math.min(remaining, floorQuotient(wait * 1000, quota.limit, quota.window)), seconds: wait }
}

/** ⌊a · b / c⌋, also where the product passes 2^53. */
function floorQuotient(a: number, b: number, c: number): number {
  const product = a * b
  return product <= Number.MAX_SAFE_INTEGER ? Math.floor(product / c) : Number((BigInt(a) * BigInt(b)) / BigInt(c))
}

function ceilQuotient(a: number, b: number, c: number): number {
  const product = a * b
  if (product <= Number.MAX_SAFE_INTEGER) return Math.ceil(product / c)
  return Number((BigInt(a) * BigInt(b) + BigInt(c) - 1n) / BigInt(c))
}
