import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'

interface Contest {
  readonly policy: Policy
  /** The most that may be admitted from one instant to another, `elapsed` ms later. */
  envelope(elapsed: bigint): bigint
}

const bucket = (elapsed: bigint): bigint => 20n + (elapsed * 200n) / 1000n
const never = (): bigint => 100n

/** What the processes fight over: fast policies, and slow ones of which no more than 100 can be had during the test. */
export const contests: Readonly<Record<string, Contest>> = {
  'token-bucket': { policy: tokenBucket({ capacity: 20, refill: 200, per: '1s' }), envelope: bucket },
  'leaky-bucket': { policy: leakyBucket({ capacity: 20, leak: 200, per: '1s' }), envelope: bucket },
  'fixed-window': {
    policy: fixedWindow({ limit: 20, window: '100ms' }),
    envelope: (elapsed) => 20n * ((elapsed + 99n) / 100n + 1n),
  },
  'sliding-log': {
    policy: slidingLog({ limit: 20, window: '100ms' }),
    envelope: (elapsed) => 20n * (elapsed / 100n + 1n),
  },
  'slow-token-bucket': { policy: tokenBucket({ capacity: 100, refill: 1, per: '30d' }), envelope: never },
  'slow-leaky-bucket': { policy: leakyBucket({ capacity: 100, leak: 1, per: '30d' }), envelope: never },
  'slow-fixed-window': {
    policy: fixedWindow({ limit: 100, window: '30d', align: 'first-request' }),
    envelope: never,
  },
  'slow-sliding-log': { policy: slidingLog({ limit: 100, window: '30d' }), envelope: never },
}
