import { createLimiter, memoryStore } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Log, slidingLog } from './sliding-log.ts'

// Long enough for what has left to be dropped, many times.
const steps = fc.array(
  fc.record({
    verb: fc.constantFrom('consume', 'consume', 'consume', 'consume', 'refund'),
    elapsed: fc.nat(8),
    cost: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 300, maxLength: 600, size: 'max' },
)

it('holds what a plain list holds, however long it goes on, and little more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 300 }), steps, (limit, window, steps) => {
      let now = 0
      const store = memoryStore({ clock: () => now })
      const limiter = createLimiter({ name: 'test', policy: slidingLog({ limit, window: `${window}ms` }), store })
      // One date for each unit, oldest first.
      let units: number[] = []
      for (const { verb, elapsed, cost } of steps) {
        now += elapsed
        units = units.filter((date) => date > now - window)
        if (verb === 'refund') units = units.slice(0, Math.max(0, units.length - cost))
        const fits = units.length + cost <= limit
        const leaving = units[units.length + cost - limit - 1]
        if (verb === 'consume' && fits) units.push(...Array.from({ length: cost }, () => now))

        const decision = verb === 'consume' ? limiter.consumeSync('ann', { cost }) : limiter.refundSync('ann', { cost })
        expect(decision.remaining).toBe(limit - units.length)
        expect(decision.resetAfterMs).toBe(units.length === 0 ? 0 : (units.at(-1) ?? 0) + window - now)
        if (verb === 'consume') {
          expect(decision.allowed).toBe(fits)
          const wait = cost > limit ? Number.POSITIVE_INFINITY : (leaving ?? 0) + window - now
          expect(decision.retryAfterMs).toBe(fits ? 0 : wait)
        }

        const [entry] = store.entries()
        if (entry === undefined) continue
        const { whens } = entry.stored.rest as Log
        expect(whens.length).toBeLessThanOrEqual(2 * limit + 65)
      }
    }),
    { numRuns: 60 },
  )
})
