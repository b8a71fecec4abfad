import { expect, it } from 'vitest'
import { median } from './median.ts'

it('is the middle one, in whatever order they come', () => {
  expect(median([30, 1, 2])).toBe(2)
  expect(median([7])).toBe(7)
})

it('is the mean of the two in the middle', () => {
  expect(median([10, 1, 3, 2])).toBe(2.5)
})

it('sorts numbers as numbers, and leaves what it was given as it was', () => {
  const values = [100, 20, 3]
  expect(median(values)).toBe(20)
  expect(values).toEqual([100, 20, 3])
})

it('is of at least one value', () => {
  expect(() => median([])).toThrow(new RangeError('Expected the median to be of at least one value, got none'))
})
