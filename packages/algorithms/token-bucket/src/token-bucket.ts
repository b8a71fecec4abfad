import type { DurationText, Policy } from '@sluice/core'
import { expectOptions } from '@sluice/core/internal'
import { debtPolicy } from './debt.ts'

export interface TokenBucketOptions {
  /** How many units fit at once: the largest burst. */
  readonly capacity: number
  /** How many units come back each `per`. */
  readonly refill: number
  /** The time in which `refill` units come back. */
  readonly per: DurationText
}

/**
 * Token bucket: bursts up to `capacity`, then `refill` each `per`; at most capacity + refill · t / per in any t.
 * Throws a `TypeError` or `RangeError` that names the option that is wrong, or that whole ms and 2^53 cannot carry.
 */
export function tokenBucket(options: TokenBucketOptions): Policy {
  expectOptions('tokenBucket', options, ['capacity', 'refill', 'per'])
  const { capacity, refill, per } = options
  return {
    algorithm: 'token-bucket',
    format: 'tb1',
    ...debtPolicy({ capacity, amount: refill, per, names: { amount: 'refill' } }),
  }
}
