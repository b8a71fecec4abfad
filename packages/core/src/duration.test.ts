import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Duration, DurationText } from './contract/limiter.ts'
import { longestDuration, parseDuration, parseDurationText } from './duration.ts'

const parse = (duration: unknown): number => parseDuration('per', duration as Duration)

describe('a duration', () => {
  it.each<[unknown, number]>([
    [1, 1],
    [250, 250],
    ['250ms', 250],
    ['1s', 1000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['365d', 31_536_000_000],
    ['007s', 7000],
    [longestDuration, 2 ** 50],
    ['1125899906842624ms', 2 ** 50],
  ])('%o is %i ms', (duration, ms) => {
    expect(parse(duration)).toBe(ms)
  })

  it.each([
    ['1 s', '"1 s"'],
    ['1.5s', '"1.5s"'],
    ['', '""'],
    ['5y', '"5y"'],
    ['-1s', '"-1s"'],
    ['1S', '"1S"'],
    ['s', '"s"'],
    ['10', '"10"'],
    ['1s\n', '"1s\\n"'],
    ['1e3ms', '"1e3ms"'],
    ['１s', '"１s"'],
    ['1h'.repeat(30), `"${'1h'.repeat(20)}"…`],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [5n, '5n'],
    [{ seconds: 1 }, 'an object'],
    [['1s'], 'an array'],
  ])('%o is malformed', (duration, got) => {
    const message = `Expected \`per\` to be a duration like 250, '1s' or '15m', got ${got}`
    expect(() => parse(duration)).toThrow(new TypeError(message))
  })

  it.each([
    [0, '0'],
    ['0s', '"0s"'],
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [2 ** 50 + 1, '1125899906842625'],
    ['13031249d', '"13031249d"'],
    [`${'9'.repeat(400)}d`, `"${'9'.repeat(40)}"…`],
  ])('%o is not a whole number of ms from 1 to 2^50', (duration, got) => {
    const message = `Expected \`per\` to be a whole number of ms from 1 to 2^50, got ${got}`
    expect(() => parse(duration)).toThrow(new RangeError(message))
  })

  it('is checked by the type as well', () => {
    expectTypeOf<'15m'>().toExtend<Duration>()
    expectTypeOf<'1.5s'>().not.toExtend<Duration>()
    expectTypeOf<'1 s'>().not.toExtend<Duration>()
    expectTypeOf<'5y'>().not.toExtend<Duration>()
    expectTypeOf<''>().not.toExtend<Duration>()
  })
})

describe('a duration that must be text', () => {
  it.each([
    ['60s', 60_000],
    [`${250}ms`, 250],
  ] as const)('%o is %i ms', (duration, ms) => {
    expect(parseDurationText('window', duration)).toBe(ms)
  })

  it.each<[unknown, string]>([
    [60, "got 60: write '60s' for seconds or '60ms' for milliseconds"],
    [1.5, "got 1.5: write '1.5s' for seconds or '1.5ms' for milliseconds"],
    [Number.NaN, 'got NaN'],
    [undefined, 'got undefined'],
    ['1.5s', 'got "1.5s"'],
  ])('%o is none', (duration, got) => {
    const message = `Expected \`window\` to be a duration like '60s' or '15m', ${got}`
    expect(() => parseDurationText('window', duration as DurationText)).toThrow(new TypeError(message))
  })

  it('is checked by the type', () => {
    expectTypeOf<60>().not.toExtend<DurationText>()
    expectTypeOf<'60s'>().toExtend<DurationText>()
    expectTypeOf<`${number}ms`>().toExtend<DurationText>()
  })
})
