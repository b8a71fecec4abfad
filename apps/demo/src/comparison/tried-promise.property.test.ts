import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Quota } from './algorithm.ts'
import { algorithms, impossibility } from './algorithms.ts'
import { triedPromise } from './tried-promise.ts'

const quotas: fc.Arbitrary<Quota> = fc.record({
  limit: fc.integer({ min: 1, max: 30 }),
  burst: fc.integer({ min: 1, max: 30 }),
  window: fc.constantFrom(1000, 10_000, 60_000),
})

it.each(algorithms)('finds by trying what is promised of the $name, but for what whole ms cost', (algorithm) => {
  fc.assert(
    fc.property(quotas, (quota) => {
      fc.pre(impossibility(quota, 'limit') === undefined)
      const { atOnce, longRun, anyWindow } = algorithm.promise(quota)
      const tried = triedPromise(algorithm.policy(quota), quota.window)
      expect(tried).toMatchObject({ atOnce, isTried: true })
      expect(Math.abs(tried.longRun - longRun)).toBeLessThanOrEqual(1)
      expect(anyWindow - tried.anyWindow).toBeGreaterThanOrEqual(0)
      expect(anyWindow - tried.anyWindow).toBeLessThanOrEqual(1)
    }),
    { numRuns: 40 },
  )
})
