import { expect, it } from 'vitest'
import { virtualClock } from './virtual-clock.ts'

it('stands still until it is advanced', () => {
  const clock = virtualClock(1000)
  expect([clock.now(), clock.now()]).toEqual([1000, 1000])
  clock.advanceTo(1500)
  expect(clock.now()).toBe(1500)
})

it('starts at 0 unless told otherwise', () => {
  expect(virtualClock().now()).toBe(0)
})

it('never goes back', () => {
  const clock = virtualClock(1000)
  expect(() => clock.advanceTo(999)).toThrow(
    new RangeError('Expected the time to be whole milliseconds from 1000 to 2^52, got 999'),
  )
  expect(clock.now()).toBe(1000)
})

it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('does not start at %s', (start) => {
  expect(() => virtualClock(start)).toThrow(RangeError)
})
