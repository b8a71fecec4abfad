// What runs anywhere, and needs the types of no runtime. Each option may be `undefined`: as if it were left out.
import { createLimiter, type LimiterEvent, memoryStore, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'

const nothing: undefined = undefined

/** Limiters, made with options that are left out in the other way. */
export function limiters(): readonly SyncLimiter[] {
  const policies = [
    tokenBucket({ capacity: 2, refill: 1, per: '1h' }),
    fixedWindow({ limit: 2, window: '1h', align: nothing }),
  ]
  return policies.map((policy) => {
    const store = memoryStore({ maxKeys: nothing, clock: nothing })
    const trouble = { deadline: nothing, failure: nothing, processes: nothing, onEvent: nothing }
    return createLimiter({ name: 'api', policy, policies: nothing, store, ...trouble })
  })
}

/** Whether each admits twice, then refuses, synchronously or not. */
export async function worksInMemory(): Promise<boolean> {
  for (const limiter of limiters()) {
    const first = await limiter.consume('ann', { cost: nothing, signal: nothing })
    const [second, third] = await limiter.consumeMany([{ key: 'ann', cost: nothing }, { key: 'ann' }])
    const present = limiter.peekSync('ann', { cost: nothing })
    if (!first.allowed || !second?.allowed || third?.allowed || present.allowed) return false
    const refunded = await limiter.refund('ann', { cost: nothing, of: nothing })
    if (refunded.remaining !== 1 || !limiter.consumeSync('ann', nothing).allowed) return false
    await limiter.reset('ann')
  }
  const events: LimiterEvent[] = []
  const one = createLimiter({
    name: nothing,
    policy: nothing,
    policies: { only: tokenBucket({ capacity: 1, refill: 1, per: '1s' }) },
    store: nothing,
    onEvent: (event) => events.push(event),
  })
  return one.consumeSync('ann').allowed && events.length === 0
}
