import { createLimiter, memoryStore } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leakyBucket } from './leaky-bucket.ts'

const rate = fc.record({
  // Large enough for every rate below to be delivered.
  capacity: fc.integer({ min: 21, max: 60 }),
  amount: fc.integer({ min: 1, max: 20 }),
  per: fc.constantFrom(1, 3, 7, 10, 97, 1000),
})
const arrivals = fc.array(
  fc.record({ elapsed: fc.oneof(fc.constant(0), fc.nat(50)), cost: fc.integer({ min: 1, max: 5 }) }),
  {
    maxLength: 60,
    size: 'max',
  },
)

function limiterOf(policy: ReturnType<typeof leakyBucket>) {
  const time = { now: 0 }
  return { time, limiter: createLimiter({ name: 'test', policy, store: memoryStore({ clock: () => time.now }) }) }
}

it('lets the nth of a burst go when n units have flowed out, to the ms', () => {
  fc.assert(
    fc.property(rate, ({ capacity, amount, per }) => {
      const { limiter } = limiterOf(leakyBucket({ capacity, leak: amount, per: `${per}ms` }))
      for (let n = 0; n < capacity; n += 1) {
        expect(limiter.consumeSync('ann').delayMs).toBe(Math.ceil((n * per) / amount))
      }
      expect(limiter.consumeSync('ann').allowed).toBe(false)
    }),
  )
})

it('spaces departures as a single server would that works off what comes in, in order', () => {
  fc.assert(
    fc.property(rate, arrivals, ({ capacity, amount, per }, arrivals) => {
      const { time, limiter } = limiterOf(leakyBucket({ capacity, leak: amount, per: `${per}ms` }))
      // When the server is free, in parts of 1/amount ms: then every time is whole.
      let free = 0n
      for (const { elapsed, cost } of arrivals) {
        time.now += elapsed
        const { allowed, delayMs } = limiter.consumeSync('ann', { cost })
        const now = BigInt(time.now) * BigInt(amount)
        const start = free > now ? free : now
        expect(allowed).toBe(start - now + BigInt(cost * per) <= BigInt(capacity * per))
        if (!allowed) continue
        const departure = (start + BigInt(amount) - 1n) / BigInt(amount)
        expect(BigInt(time.now + delayMs)).toBe(departure)
        free = start + BigInt(cost * per)
      }
    }),
  )
})

it('admits exactly what a token bucket of the same numbers admits', () => {
  fc.assert(
    fc.property(rate, arrivals, ({ capacity, amount, per }, arrivals) => {
      const leaky = limiterOf(leakyBucket({ capacity, leak: amount, per: `${per}ms` }))
      const token = limiterOf(tokenBucket({ capacity, refill: amount, per: `${per}ms` }))
      for (const { elapsed, cost } of arrivals) {
        leaky.time.now += elapsed
        token.time.now += elapsed
        const { delayMs: _, policies: __, ...decision } = leaky.limiter.consumeSync('ann', { cost })
        expect(token.limiter.consumeSync('ann', { cost })).toMatchObject(decision)
      }
    }),
  )
})
