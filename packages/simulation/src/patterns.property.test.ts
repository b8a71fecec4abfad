import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boundaryBurst } from './boundary-burst.ts'
import { burst } from './burst.ts'
import { retryStorm } from './retry-storm.ts'
import { spike } from './spike.ts'
import { steady } from './steady.ts'
import type { Traffic } from './traffic.ts'

const number = fc.integer({ min: 1, max: 50 })
const time = fc.integer({ min: 1, max: 2000 })
// A hundred thousand requests, each with so many retries, are not too many.
const attempts = fc.integer({ min: 1, max: 8 })
const seed = fc.option(fc.nat(1000), { nil: undefined })
const seeded = (value: number | undefined): { seed?: number } => (value === undefined ? {} : { seed: value })

const makers: fc.Arbitrary<() => Traffic> = fc.oneof(
  fc.record({ rate: number, per: time, duration: time, seed }).map(
    ({ seed, ...rest }) =>
      () =>
        steady({ ...rest, ...seeded(seed) }),
  ),
  fc.record({ size: number, every: time, duration: time, part: fc.double({ min: 0, max: 0.5, noNaN: true }) }).map(
    ({ part, ...rest }) =>
      () =>
        burst({ ...rest, spread: Math.max(1, Math.floor(rest.every * part)) }),
  ),
  fc.record({ size: number, window: time, duration: time, part: fc.double({ min: 0, max: 0.5, noNaN: true }) }).map(
    ({ part, ...rest }) =>
      () =>
        boundaryBurst({ ...rest, spread: Math.max(1, Math.floor(rest.window * part)) }),
  ),
  fc.record({ rate: number, more: number, per: time, duration: fc.integer({ min: 3, max: 2000 }), seed }).map(
    ({ rate, more, seed, ...rest }) =>
      () =>
        spike({ rate, peak: rate + more, ...rest, ...seeded(seed) }),
  ),
  fc.record({ clients: number, every: time, pause: time, attempts, duration: time, seed }).map(
    ({ seed, ...rest }) =>
      () =>
        retryStorm({ ...rest, ...seeded(seed) }),
  ),
)

it('every pattern is in time order, in whole ms, within its duration, and the same each time', () => {
  fc.assert(
    fc.property(makers, (make) => {
      const traffic = make()
      const times = traffic.arrivals.map(({ at }) => at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times.filter((at) => !Number.isInteger(at) || at < 0 || at >= traffic.duration)).toEqual([])
      expect(make()).toEqual(traffic)
    }),
  )
})

it('a steady rate is exact at the end of every period, however uneven it is within', () => {
  fc.assert(
    fc.property(number, time, fc.integer({ min: 1, max: 10 }), (rate, per, periods) => {
      const { arrivals } = steady({ rate, per, duration: per * periods })
      for (let period = 1; period <= periods; period += 1) {
        expect(arrivals.filter(({ at }) => at < per * period)).toHaveLength(rate * period)
      }
    }),
  )
})
