import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Outcomes, simulate } from './simulate.ts'
import type { Traffic } from './traffic.ts'
import { virtualClock } from './virtual-clock.ts'

const small = fc.integer({ min: 1, max: 10 })
const capacity = fc.integer({ min: 2, max: 10 })
const length = fc.integer({ min: 20, max: 500 })
const text = length.map((ms) => `${ms}ms` as const)

const policies: fc.Arbitrary<Policy> = fc.oneof(
  fc.record({ capacity, refill: small, per: text }).map(tokenBucket),
  fc.record({ capacity, leak: small, per: text }).map(leakyBucket),
  fc.record({ limit: small, window: text }).map(fixedWindow),
  fc.record({ limit: small, window: text }).map(slidingLog),
) as fc.Arbitrary<Policy>

const traffics: fc.Arbitrary<Traffic> = fc
  .record({
    duration: fc.integer({ min: 1, max: 1000 }),
    arrivals: fc.array(
      fc.record({ at: fc.nat(999), key: fc.constantFrom('a', 'b'), cost: fc.integer({ min: 1, max: 3 }) }),
      { maxLength: 100 },
    ),
    retry: fc.option(fc.record({ pause: fc.integer({ min: 1, max: 50 }), attempts: small }), { nil: undefined }),
  })
  .map(({ duration, arrivals, retry }) => ({
    duration,
    arrivals: arrivals.filter(({ at }) => at < duration).sort((a, b) => a.at - b.at),
    ...(retry === undefined ? {} : { retry }),
  }))

const names = ['asked', 'admitted', 'refused', 'delayed', 'departed'] as const

it('adds up: the buckets to the totals, admitted and refused to asked', async () => {
  await fc.assert(
    fc.asyncProperty(policies, traffics, fc.integer({ min: 1, max: 300 }), async (policy, traffic, bucket) => {
      const clock = virtualClock(1_000_000)
      const limiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: clock.now }) })
      const { buckets, totals } = await simulate({ traffic, limiter, clock, bucket, window: 100 })

      const sum = (name: keyof Outcomes): number => buckets.reduce((total, one) => total + one[name], 0)
      for (const name of names) expect(sum(name)).toBe(totals[name])
      for (const one of [totals, ...buckets]) expect(one.admitted + one.refused).toBe(one.asked)

      const { arrivals, retry } = traffic
      expect(totals.asked).toBeGreaterThanOrEqual(arrivals.length)
      expect(totals.asked).toBeLessThanOrEqual(arrivals.length * (1 + (retry?.attempts ?? 0)))
      expect(totals.departed).toBeLessThanOrEqual(totals.admitted)
      expect(totals.admitted - totals.departed).toBeLessThanOrEqual(totals.delayed)
    }),
  )
})

it('decides as asking one request at a time does', async () => {
  await fc.assert(
    fc.asyncProperty(policies, traffics, async (policy, { retry: _, ...traffic }) => {
      const clock = virtualClock()
      const limiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: clock.now }) })
      const { totals } = await simulate({ traffic, limiter, clock, bucket: 1, window: 100 })

      let now = 0
      const other = createLimiter({ name: 'api', policy, store: memoryStore({ clock: () => now }) })
      let admitted = 0
      for (const { at, key, cost } of traffic.arrivals) {
        now = at
        if (other.consumeSync(key, { cost }).allowed) admitted += 1
      }
      expect(totals.admitted).toBe(admitted)
    }),
  )
})

it('never sees a sliding log or a shaped leaky bucket let more than the limit through in its window', async () => {
  await fc.assert(
    fc.asyncProperty(traffics, small, length, async (traffic, limit, window) => {
      const ones = { ...traffic, arrivals: traffic.arrivals.map((arrival) => ({ ...arrival, cost: 1 })) }
      for (const policy of [
        slidingLog({ limit, window: `${window}ms` }),
        leakyBucket({ capacity: limit, leak: limit, per: `${window}ms` }),
      ]) {
        const clock = virtualClock()
        const limiter = createLimiter({
          name: 'api',
          policy: policy as Policy,
          store: memoryStore({ clock: clock.now }),
        })
        const { worstWindow } = await simulate({ traffic: ones, limiter, clock, bucket: 10, window })
        expect(worstWindow?.units ?? 0).toBeLessThanOrEqual(limit)
      }
    }),
  )
})
