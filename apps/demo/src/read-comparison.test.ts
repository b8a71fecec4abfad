import { expect, it } from 'vitest'
import { readComparison } from './read-comparison.ts'

it('has a default for everything', () => {
  const { pattern, quota, intensity, traffic } = readComparison(new URLSearchParams())
  expect({ pattern, quota, intensity }).toEqual({
    pattern: 'boundary-burst',
    quota: { limit: 10, window: 10_000, capacity: 10 },
    intensity: 1,
  })
  expect(traffic.duration).toBe(60_000)
  expect(traffic.arrivals).toHaveLength(100)
})

it.each(['boundary-burst', 'burst', 'steady', 'spike', 'retry-storm'])(
  'makes %s to the scale of any quota',
  (pattern) => {
    for (const [limit, window] of [
      ['1', '1'],
      ['3', '7'],
      ['1000', '1d'],
    ] as const) {
      const { traffic } = readComparison(new URLSearchParams({ pattern, limit, window, capacity: '1000' }))
      expect(traffic.arrivals.length).toBeGreaterThan(0)
      expect(traffic.arrivals.length).toBeLessThanOrEqual(12_000)
    }
  },
)

it.each([
  ['pattern=flood', 'Expected `pattern` to be one of boundary-burst, burst, steady, spike, retry-storm, got "flood"'],
  ['limit=0', 'Expected `limit` to be a positive integer below 2^53, got 0'],
  ['limit=', 'Expected `limit` to be a positive integer, got ""'],
  ['window=5w', "Expected `window` to be a duration like 250, '1s' or '15m', got \"5w\""],
  ['window=2d', 'Expected `window` to be at most \'1d\', got "2d"'],
  ['capacity=-1', 'Expected `capacity` to be a positive integer below 2^53, got -1'],
  ['intensity=11', 'Expected `intensity` to be a number from 0.1 to 10, got 11'],
  ['intensity=lots', 'Expected `intensity` to be a number from 0.1 to 10, got "lots"'],
  ['limit=500&intensity=3', 'Expected `limit` times `intensity` to be at most 1000, got 1500'],
  ['limit=3&limit=4', 'Expected `limit` once, got it more than once'],
  ['speed=3', 'Expected the options of /compare to be among pattern, limit, window, capacity, intensity, got `speed`'],
])('refuses %s', (query, message) => {
  expect(() => readComparison(new URLSearchParams(query))).toThrow(message)
})
