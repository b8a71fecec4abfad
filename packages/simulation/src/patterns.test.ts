import { describe, expect, it } from 'vitest'
import { boundaryBurst } from './boundary-burst.ts'
import { burst } from './burst.ts'
import { retryStorm } from './retry-storm.ts'
import { spike } from './spike.ts'
import { steady } from './steady.ts'
import type { Traffic } from './traffic.ts'

const times = ({ arrivals }: Traffic): number[] => arrivals.map(({ at }) => at)

describe('steady', () => {
  it('spaces requests evenly', () => {
    expect(times(steady({ rate: 4, per: '1s', duration: '2s' }))).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750])
  })

  it('rounds down to whole ms without drifting', () => {
    expect(times(steady({ rate: 3, per: 10, duration: 20 }))).toEqual([0, 3, 6, 10, 13, 16])
  })

  it('sends as many requests at random times, the same for the same seed', () => {
    const scattered = steady({ rate: 4, per: '1s', duration: '2s', seed: 1 })
    expect(times(scattered)).toEqual([5, 562, 1054, 1225, 1254, 1441, 1936, 1962])
    expect(steady({ rate: 4, per: '1s', duration: '2s', seed: 1 })).toEqual(scattered)
    expect(times(steady({ rate: 4, per: '1s', duration: '2s', seed: 2 }))).not.toEqual(times(scattered))
  })

  it('counts every request for one key and with one cost', () => {
    expect(steady({ rate: 1, per: '1s', duration: '1s', key: 'tenant:7', cost: 5 })).toEqual({
      duration: 1000,
      arrivals: [{ at: 0, key: 'tenant:7', cost: 5 }],
    })
  })
})

describe('burst', () => {
  it('sends each burst at once, the first after half of the period', () => {
    expect(times(burst({ size: 3, every: 100, duration: 300 }))).toEqual([50, 50, 50, 150, 150, 150, 250, 250, 250])
  })

  it('spreads a burst, and starts none that would not end in time', () => {
    expect(times(burst({ size: 2, every: 100, spread: 40, duration: 180 }))).toEqual([50, 70])
  })
})

describe('boundaryBurst', () => {
  it('sends one burst just before each boundary and one just after', () => {
    expect(times(boundaryBurst({ size: 2, window: 100, duration: 300 }))).toEqual([
      99, 99, 100, 100, 199, 199, 200, 200,
    ])
  })

  it('spreads the bursts away from the boundary', () => {
    expect(times(boundaryBurst({ size: 2, window: 100, spread: 10, duration: 150 }))).toEqual([90, 95, 100, 105])
  })
})

describe('spike', () => {
  it('is steady with one tall peak', () => {
    const traffic = spike({ rate: 1, peak: 5, per: 10, from: 20, lasting: 10, duration: 40 })
    expect(times(traffic)).toEqual([0, 10, 20, 22, 24, 26, 28, 30])
  })

  it('peaks, unless told otherwise, after a third of the time and for a tenth', () => {
    const traffic = spike({ rate: 1, peak: 1000, per: '1s', duration: '30s' })
    const inPeak = times(traffic).filter((at) => at >= 10_000 && at < 13_000)
    expect(inPeak).toHaveLength(3000)
    expect(traffic.arrivals).toHaveLength(3027)
  })
})

describe('retryStorm', () => {
  it('gives each client a new request in each period, and says how the refused come back', () => {
    const traffic = retryStorm({ clients: 2, every: 100, pause: 5, attempts: 3, duration: 200 })
    expect(times(traffic)).toEqual([0, 50, 100, 150])
    expect(traffic.retry).toEqual({ pause: 5, attempts: 3 })
  })
})

describe('a wrong option is named', () => {
  const wrong: Readonly<Record<string, () => Traffic>> = {
    'Expected `rate` to be a positive integer below 2^53, got 0': () => steady({ rate: 0, per: '1s', duration: '1s' }),
    'Expected `duration` to be a whole number of ms from 1 to 2^50, got 0': () =>
      steady({ rate: 1, per: '1s', duration: 0 }),
    'Expected `seed` to be an integer from 0 to 2^32 - 1, got -1': () =>
      steady({ rate: 1, per: '1s', duration: '1s', seed: -1 }),
    'Expected the traffic to hold at most 1000000 requests, retries included, got 3600000000': () =>
      steady({ rate: 1000, per: 1, duration: '1h' }),
    'Expected `spread` to be at most half of `every`, 10 ms, got 6 ms': () =>
      burst({ size: 1, every: 10, spread: 6, duration: 100 }),
    'Expected `spread` to be at most half of `window`, 10 ms, got 6 ms': () =>
      boundaryBurst({ size: 1, window: 10, spread: 6, duration: 100 }),
    'Expected `peak` to be more than `rate`, 2, got 2': () => spike({ rate: 2, peak: 2, per: '1s', duration: '1m' }),
    'Expected the peak to end within `duration`, 60000 ms, got one from 50000 to 61000': () =>
      spike({ rate: 1, peak: 2, per: '1s', from: '50s', lasting: '11s', duration: '1m' }),
    'Expected the traffic to hold at most 1000000 requests, retries included, got 1010000': () =>
      retryStorm({ clients: 1000, every: '1s', pause: 1, attempts: 100, duration: '10s' }),
  }

  it.each(Object.entries(wrong))('%s', (message, make) => {
    expect(make).toThrow(new RangeError(message))
  })
})
