import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'

/** What all four are given: `limit` requests in each `window` ms. */
export interface Quota {
  readonly limit: number
  readonly window: number
  /** The burst that the two buckets take. */
  readonly capacity: number
}

/** The four, in the order in which they are shown. */
export const algorithms = ['token-bucket', 'leaky-bucket', 'fixed-window', 'sliding-log'] as const

export type Algorithm = (typeof algorithms)[number]

/** The same quota as each of the four algorithms states it. Throws what the library says of a quota it cannot keep. */
export function fourPolicies({ limit, window, capacity }: Quota): Readonly<Record<Algorithm, Policy>> {
  return {
    'token-bucket': tokenBucket({ capacity, refill: limit, per: `${window}ms` }),
    'leaky-bucket': leakyBucket({ capacity, leak: limit, per: `${window}ms` }),
    'fixed-window': fixedWindow({ limit, window: `${window}ms`, align: 'epoch' }),
    'sliding-log': slidingLog({ limit, window: `${window}ms` }),
  }
}
