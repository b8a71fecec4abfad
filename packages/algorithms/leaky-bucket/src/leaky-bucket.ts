import type { DurationText, Policy } from '@sluice/core'
import { expectOptions } from '@sluice/core/internal'
import { debtPolicy } from '@sluice/token-bucket/debt'

export interface LeakyBucketOptions {
  /** How many units may be under way or waiting at once; what would overflow is refused. */
  readonly capacity: number
  /** How many units flow out each `per`. */
  readonly leak: number
  /** The time in which `leak` units flow out. */
  readonly per: DurationText
}

/**
 * Leaky bucket, the shaper: admits what a token bucket of the same numbers would, and tells each request in `delayMs` when
 * its turn comes, so that departures are evenly spaced. Who ignores `delayMs` has a meter.
 * Throws a `TypeError` or `RangeError` that names the option that is wrong, or that whole ms and 2^53 cannot carry.
 */
export function leakyBucket(options: LeakyBucketOptions): Policy {
  expectOptions('leakyBucket', options, ['capacity', 'leak', 'per'])
  const { capacity, leak, per } = options
  const policy = debtPolicy({ capacity, amount: leak, per, names: { amount: 'leak' } })
  return {
    algorithm: 'leaky-bucket',
    format: 'lb1',
    ...policy,
    // No turn is given twice.
    takesBack: 'last',
    // Its turn comes when what was there before it has flowed out.
    delay: ({ used, mark }, now) => policy.resetAfter(used, mark, now),
  }
}
