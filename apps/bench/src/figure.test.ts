import { expect, it } from 'vitest'
import { figure, ratio } from './figure.ts'

it.each([
  [0.9449, '0.94'],
  [1, '1'],
  [1.005, '1.01'],
  [9.5, '9.50'],
  [12.46, '12.5'],
  [123.4, '123'],
  [1234.5, '1,235'],
  [1_000_000, '1,000,000'],
])('%d is shown as %s', (value, text) => {
  expect(figure(value)).toBe(text)
})

it.each([
  [1, 2, '0.50×'],
  [3, 3, '1.00×'],
  [100, 8, '12.5×'],
  [100, 10, '10.0×'],
  [2500, 10, '250×'],
])('%d to %d is %s', (value, base, text) => {
  expect(ratio(value, base)).toBe(text)
})
