import { expect, it } from 'vitest'
import { judgesRounding } from './judges-rounding.ts'

const log = (...times: readonly number[]) => ({ times })

it('is so where all dates are whole seconds and the window is below 10 s', () => {
  expect(judgesRounding({ log: log(1000, 5000), window: '9999ms' })).toBe(true)
  expect(judgesRounding({ log: log(1000, 5000), window: '10s' })).toBe(false)
  expect(judgesRounding({ log: log(1000, 5001), window: '1s' })).toBe(false)
  expect(judgesRounding({ log: log(), window: '1s' })).toBe(false)
})

it('refuses a window that is none', () => {
  expect(() => judgesRounding({ log: log(1000), window: 0 })).toThrow(RangeError)
})
