import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainWindow } from '../../../../tooling/new/algorithm/src/plain-window.ts'
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
      // In whole ms the last unit of a bucket may come back just as the window ends.
      const lost = algorithm.code(quota).includes('capacity') ? 1 : 0
      expect(anyWindow - tried.anyWindow).toBeGreaterThanOrEqual(0)
      expect(anyWindow - tried.anyWindow).toBeLessThanOrEqual(lost)
    }),
    { numRuns: 40 },
  )
})

it('tries the end of a window that a first request begins', () => {
  const tried = triedPromise(plainWindow({ limit: 10, window: '10s' }), 10_000)
  expect(tried).toEqual({ atOnce: 10, longRun: 10, anyWindow: 19, isTried: true })
})
