import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { initialValues, readLink } from '../page/link.js'
import { readComparison } from './read-comparison.ts'

const html = await readFile(join(import.meta.dirname, '..', 'page', 'index.html'), 'utf8')

it('shows what a link asks for', () => {
  const link = '?pattern=spike&intensity=2.25&limit=50&window=15m&capacity=7'
  const values = { pattern: 'spike', intensity: '2.25', limit: '50', window: '15m', capacity: '7' }
  expect(readLink(link)).toEqual({ values, problems: [] })
  expect(readLink('')).toEqual({ values: initialValues, problems: [] })
  expect(readLink('?capacity=')).toEqual({ values: initialValues, problems: [] })
})

it.each([
  ['limit=500', 'It asks for limit “500”, but the page takes whole numbers from 1 to 50; this is 10.'],
  ['limit=abc', 'It asks for limit “abc”, but the page takes whole numbers from 1 to 50; this is 10.'],
  ['limit=', 'It asks for limit nothing, but the page takes whole numbers from 1 to 50; this is 10.'],
  ['limit=2.5', 'It asks for limit “2.5”, but the page takes whole numbers from 1 to 50; this is 10.'],
  ['limit=0', 'It asks for limit “0”, but the page takes whole numbers from 1 to 50; this is 10.'],
  [
    'pattern=flood',
    'It asks for pattern “flood”, but the page takes boundary-burst, burst, steady, spike or retry-storm; this is boundary-burst.',
  ],
  [
    'intensity=0.3',
    'It asks for intensity “0.3”, but the page takes numbers from 0.25 to 4, in steps of 0.25; this is 1.',
  ],
  [
    'intensity=1e0',
    'It asks for intensity “1e0”, but the page takes numbers from 0.25 to 4, in steps of 0.25; this is 1.',
  ],
  [
    'window=5w',
    'It asks for window “5w”, but the page takes durations like 250ms, 10s, 1m or 1h, up to 1d; this is 10s.',
  ],
  [
    'window=2d',
    'It asks for window “2d”, but the page takes durations like 250ms, 10s, 1m or 1h, up to 1d; this is 10s.',
  ],
  [
    'capacity=-1',
    'It asks for capacity “-1”, but the page takes whole numbers from 1, or nothing for the limit; this is the limit.',
  ],
  ['limit=3&limit=4', 'It asks for limit more than once; this is 10.'],
  ['speed=3', 'It asks for “speed”, which the page does not know.'],
  ['__proto__=3', 'It asks for “__proto__”, which the page does not know.'],
])('says what is wrong with the link ?%s, and shows the initial value', (query, problem) => {
  expect(readLink(`?${query}`)).toEqual({ values: initialValues, problems: [problem] })
})

it('says everything that is wrong with a link, and keeps what is right', () => {
  const { values, problems } = readLink('?limit=500&window=1m&pattern=flood')
  expect(values).toEqual({ ...initialValues, window: '1m' })
  expect(problems).toHaveLength(2)
})

const texts = (...good: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...good, '', ' ', '0', '-1', '1.5', '1e3', '007', '0x5', '٣', '1 ', '9007199254740992', 'Infinity'),
    fc.string({ maxLength: 6 }),
  )
const durations = fc
  .tuple(fc.integer({ min: 0, max: 100_000_000 }), fc.constantFrom('', 'ms', 's', 'm', 'h', 'd', 'w', ' s', 'S'))
  .map((parts) => parts.join(''))

it('finds wrong in a link what the server would refuse', () => {
  const parameters = fc.record({
    pattern: texts('burst', 'steady', 'boundary-burst'),
    window: fc.oneof(texts('1s', '15m', '1d'), durations),
    capacity: texts('7', '10000'),
  })
  const seen = { right: 0, wrong: 0 }
  fc.assert(
    fc.property(fc.constantFrom('pattern', 'window', 'capacity'), parameters, (name, all) => {
      const value = all[name as keyof typeof all]
      const { problems } = readLink(`?${new URLSearchParams({ [name]: value })}`)
      // The page leaves an empty capacity out.
      const query = new URLSearchParams(name === 'capacity' && value.trim() === '' ? {} : { [name]: value })
      const ask = () => readComparison(query)
      if (problems.length === 0) {
        seen.right += 1
        expect(ask).not.toThrow()
      } else {
        seen.wrong += 1
        expect(ask).toThrow()
      }
    }),
    { numRuns: 1000, examples: [['window', { pattern: '', window: '1000000000000d', capacity: '' }]] },
  )
  expect(seen.right).toBeGreaterThan(50)
  expect(seen.wrong).toBeGreaterThan(50)
})

it.each([
  ['intensity', 'min="0.25" max="4" step="0.25" value="1"', ['0.25', '4', '3.75'], ['0', '4.25', '1.1']],
  ['limit', 'min="1" max="50" value="10"', ['1', '50'], ['0', '51']],
])('takes from a link for %s what its slider takes', (name, attributes, right, wrong) => {
  expect(html).toMatch(new RegExp(`name="${name}"[^>]*type="range" ${attributes}`))
  const problemsOf = (value: string) => readLink(`?${name}=${value}`).problems
  expect(right.flatMap(problemsOf)).toEqual([])
  for (const value of wrong) expect(problemsOf(value)).toHaveLength(1)
})

it('takes every pattern that can be chosen', () => {
  const options = [...html.matchAll(/<option value="([a-z-]+)">/g)].map(([, value]) => value)
  expect(options).toHaveLength(5)
  expect(options.flatMap((option) => readLink(`?pattern=${option}`).problems)).toEqual([])
})

it.each(['pattern', 'intensity', 'limit', 'window', 'capacity'])('names the control for %s', (name) => {
  // A label is for the first thing in it that can have one, an output too: so both sides say whose name it is.
  const control = html.match(new RegExp(`<(?:input|select)[^>]*name="${name}"[^>]*>`))?.[0] ?? ''
  expect(control).toContain(`id="${name}"`)
  expect(control).toContain(`aria-labelledby="${name}-name"`)
  expect(html).toMatch(new RegExp(`<span id="${name}-name">[A-Z][a-z ]+</span>`))
  expect(html).toContain(`<label for="${name}">`)
})
