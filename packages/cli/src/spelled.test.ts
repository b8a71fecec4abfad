import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spanText } from './spelled.ts'

const sizes: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

it.each([
  [0, '0ms'],
  [999, '999ms'],
  [1000, '1s'],
  [1001, '2s'],
  [59_001, '1m'],
  [61_000, '1m 1s'],
  [3_599_999, '1h'],
  [3_660_001, '1h 2m'],
  [86_399_999, '1d'],
  [90_000_001, '1d 2h'],
])('a span of %d ms is told as %s', (ms, text) => {
  expect(spanText(ms)).toBe(text)
})

it('a span is told in two units at most, never too short, and never a whole unit too long', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (ms) => {
      const parts = spanText(ms).split(' ')
      expect(parts.length).toBeLessThanOrEqual(2)
      const told = parts.map((part) => Number.parseInt(part, 10) * (sizes[part.replace(/^\d+/, '')] as number))
      const sum = told.reduce((total, one) => total + one, 0)
      expect(sum).toBeGreaterThanOrEqual(ms)
      expect(sum - ms).toBeLessThan(ms < 1000 ? 1 : ms < 3_600_000 ? 1000 : ms < 86_400_000 ? 60_000 : 3_600_000)
    }),
  )
})
