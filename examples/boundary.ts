import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { boundaryBurst, simulate, virtualClock } from '@sluice/simulation'
import { slidingCounter } from '@sluice/sliding-counter'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'

// Ten requests in the last moments of each second, ten in the first moments of the next; the limit is ten a second.
const traffic = boundaryBurst({ size: 10, window: '1s', spread: '50ms', duration: '10s' })

async function mostInOneSecond(policy: Policy): Promise<number | undefined> {
  const clock = virtualClock()
  const limiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: clock.now }) })
  const { worstWindow } = await simulate({ traffic, limiter, clock, bucket: '1s', window: '1s' })
  return worstWindow?.units
}

console.log(await mostInOneSecond(slidingLog({ limit: 10, window: '1s' }))) // 10
console.log(await mostInOneSecond(slidingCounter({ limit: 10, window: '1s' }))) // 10
console.log(await mostInOneSecond(tokenBucket({ capacity: 10, refill: 10, per: '1s' }))) // 10
console.log(await mostInOneSecond(leakyBucket({ capacity: 10, leak: 10, per: '1s' }))) // 10: spaced by their `delayMs`
console.log(await mostInOneSecond(fixedWindow({ limit: 10, window: '1s', align: 'epoch' }))) // 20
