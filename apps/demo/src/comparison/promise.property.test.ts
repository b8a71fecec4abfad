import { createLimiter, memoryStore } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Algorithm, Quota } from './algorithm.ts'
import { algorithms, impossibility, quotaFor } from './algorithms.ts'
import { start } from './compare.ts'

const quotas: fc.Arbitrary<Quota> = fc.record({
  limit: fc.integer({ min: 1, max: 30 }),
  burst: fc.integer({ min: 1, max: 30 }),
  window: fc.constantFrom(1000, 10_000, 60_000),
})

/** The departures of a client that asks until it is refused and comes back when it is told, from `phase` on. */
function greedyDepartures({ policy }: Algorithm, quota: Quota, phase: number): number[] {
  let now = start + phase
  const limiter = createLimiter({ name: 'greedy', policy: policy(quota), store: memoryStore({ clock: () => now }) })
  const departures: number[] = []
  while (now < start + phase + 3 * quota.window) {
    const { allowed, delayMs, retryAfterMs } = limiter.consumeSync('greedy')
    if (allowed) departures.push(now + delayMs)
    else now += retryAfterMs
  }
  return departures.sort((a, b) => a - b)
}

function mostWithin(dates: readonly number[], window: number): number {
  return Math.max(...dates.map((from) => dates.filter((date) => date >= from && date < from + window).length))
}

it.each(algorithms)('$name lets a greedy client have what is promised, and never more', (algorithm) => {
  fc.assert(
    fc.property(quotas, (quota) => {
      fc.pre(impossibility(quota, 'limit') === undefined)
      const { atOnce, anyWindow, longRun } = algorithm.promise(quota)
      const phases = [0, Math.floor(quota.window / 2), quota.window - 1]
      const runs = phases.map((phase) => greedyDepartures(algorithm, quota, phase))
      const most = Math.max(...runs.map((dates) => mostWithin(dates, quota.window)))
      expect(most).toBeLessThanOrEqual(anyWindow)
      // In whole ms the last unit of a bucket may come back just as the window ends.
      expect(most).toBeGreaterThanOrEqual(anyWindow - 1)
      const first = runs[0] ?? []
      expect(first.filter((date) => date === first[0])).toHaveLength(atOnce)
      const late = first.filter((date) => date >= start + 2 * quota.window && date < start + 3 * quota.window)
      expect(Math.abs(late.length - longRun)).toBeLessThanOrEqual(1)
    }),
    { numRuns: 60 },
  )
})

it('gives all algorithms quotas that promise the same, where the limit can be halved', () => {
  fc.assert(
    fc.property(quotas, (quota) => {
      fc.pre(impossibility(quota, 'promise') === undefined)
      for (const algorithm of algorithms) {
        const { anyWindow } = algorithm.promise(quotaFor(algorithm, quota, 'promise'))
        expect(anyWindow).toBeLessThanOrEqual(Math.max(2, quota.limit))
        expect(anyWindow).toBeGreaterThanOrEqual(quota.limit - 1)
      }
    }),
  )
})
