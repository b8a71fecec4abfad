import { createLimiter, type Decision, memoryStore, type Policy } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type FixedWindowOptions, fixedWindow } from './fixed-window.ts'

/** Limiters of one name over one memory store, on a clock that the test sets. */
function setUp() {
  let now = 0
  const store = memoryStore({ clock: () => now })
  const limit = (policy: Policy) => {
    const limiter = createLimiter({ name: 'test', policy, store })
    const at = (ms: number) => {
      now = ms
      return {
        consume: (cost = 1): Decision => limiter.consumeSync('ann', { cost }),
        peek: (cost = 1): Decision => limiter.peekSync('ann', { cost }),
        refund: (cost = 1): Decision => limiter.refundSync('ann', { cost }),
      }
    }
    return { at }
  }
  return { limit, stored: () => [...store.entries()].map(({ stored }) => stored) }
}

const threeASecond = fixedWindow({ limit: 3, window: '1s', align: 'epoch' })
const threeFromTheFirst = fixedWindow({ limit: 3, window: '1s' })

describe('fixed window', () => {
  it('admits up to its limit, and everything anew when the window ends', () => {
    const { at } = setUp().limit(threeASecond)
    expect(at(5200).consume()).toMatchObject({ allowed: true, limit: 3, remaining: 2, resetAfterMs: 800 })
    expect(at(5300).consume(2)).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 700 })
    expect(at(5999).consume()).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1, resetAfterMs: 1 })
    expect(at(6000).consume()).toMatchObject({ allowed: true, remaining: 2, resetAfterMs: 1000 })
  })

  it('lets twice the limit through around a boundary', () => {
    const { at } = setUp().limit(threeASecond)
    const moment = [2999, 2999, 2999, 2999, 3000, 3000, 3000, 3000]
    expect(moment.map((ms) => at(ms).consume().allowed)).toEqual([true, true, true, false, true, true, true, false])
  })

  it.each<[FixedWindowOptions['window'], number, number]>([
    ['1s', 1_700_000_000_123, 877],
    ['1m', 1_700_000_000_123, 39_877],
    // 2023-11-14 22:13:20.123 UTC
    ['1h', 1_700_000_000_123, 2_799_877],
    ['1d', 1_700_000_000_123, 6_399_877],
    ['7ms', 14, 7],
    ['7ms', 20, 1],
    ['1ms', 5, 1],
    ['1125899906842624ms', 5, 2 ** 50 - 5],
  ])('may start its windows at multiples of their length instead: of %o, at %i, %i ms are left', (window, now, ms) => {
    const { at } = setUp().limit(fixedWindow({ limit: 1, window, align: 'epoch' }))
    expect(at(now).consume().resetAfterMs).toBe(ms)
    expect(at(now).consume().retryAfterMs).toBe(ms)
    expect(at(now + ms - 1).consume().allowed).toBe(false)
    expect(at(now + ms).consume().allowed).toBe(true)
  })

  it('starts its windows with the first request that it admits', () => {
    const { at } = setUp().limit(threeFromTheFirst)
    at(5200).peek()
    at(5300).consume(0)
    at(5400).consume(4)
    expect(at(5500).consume()).toMatchObject({ allowed: true, remaining: 2, resetAfterMs: 1000 })
    expect(at(6499).consume(3)).toMatchObject({ allowed: false, remaining: 2, retryAfterMs: 1 })
    expect(at(6500).peek()).toMatchObject({ remaining: 3, resetAfterMs: 0 })
    expect(at(6700).consume(3)).toMatchObject({ allowed: true, resetAfterMs: 1000 })
    expect(at(7699).consume().allowed).toBe(false)
    expect(at(7700).consume().allowed).toBe(true)
  })

  it('has no reset to wait for while nothing is counted', () => {
    const { at } = setUp().limit(threeASecond)
    expect(at(5200).peek()).toMatchObject({ remaining: 3, resetAfterMs: 0, retryAfterMs: 0 })
    expect(at(5200).consume(4)).toMatchObject({ allowed: false, retryAfterMs: Infinity, resetAfterMs: 0 })
  })

  it('takes back from the running window only', () => {
    const { limit, stored } = setUp()
    const { at } = limit(threeASecond)
    at(5200).consume(3)
    expect(at(5300).refund()).toMatchObject({ remaining: 1, resetAfterMs: 700 })
    expect(stored()).toEqual([{ used: 2, mark: 6000, scale: 1000, expiresAt: 6000, counted: 0 }])
    expect(at(6000).refund()).toMatchObject({ remaining: 3 })
    at(6000).consume(2)
    expect(at(6001).refund(5)).toMatchObject({ remaining: 3, resetAfterMs: 0 })
    expect(stored()).toEqual([])
  })

  it('with the first request: when all is given back, the window closes', () => {
    const { at } = setUp().limit(threeFromTheFirst)
    at(5500).consume(2)
    at(5600).refund(2)
    expect(at(5700).consume().resetAfterMs).toBe(1000)
  })

  it('counts up to 2^53 - 1', () => {
    const { at } = setUp().limit(fixedWindow({ limit: Number.MAX_SAFE_INTEGER, window: '1s' }))
    expect(at(0).consume(Number.MAX_SAFE_INTEGER - 1)).toMatchObject({ allowed: true, remaining: 1 })
    expect(at(0).consume(2)).toMatchObject({ allowed: false, remaining: 1 })
    expect(at(0).consume(1)).toMatchObject({ allowed: true, remaining: 0 })
    expect(at(0).consume(1)).toMatchObject({ allowed: false, remaining: 0 })
  })
})

describe('a decision that is taken back', () => {
  it('is given back while its window runs, and not from the next', () => {
    const time = { now: 0 }
    const policy = fixedWindow({ limit: 2, window: '1s' })
    const limiter = createLimiter({ name: 'test', policy, store: memoryStore({ clock: () => time.now }) })
    const [first, second] = [limiter.consumeSync('ann'), limiter.consumeSync('ann')]
    expect(limiter.refundSync('ann', { of: first }).remaining).toBe(1)
    time.now = 1000
    limiter.consumeSync('ann', { cost: 2 })
    expect(limiter.refundSync('ann', { of: second }).remaining).toBe(0)
  })
})

describe('when the clock goes back', () => {
  it('by at most two windows, the count holds until its end', () => {
    const { at } = setUp().limit(threeASecond)
    at(5500).consume(2)
    expect(at(4900).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 1100 })
    expect(at(4000).consume()).toMatchObject({ allowed: false, retryAfterMs: 2000 })
    expect(at(5999).consume()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(at(6000).consume().allowed).toBe(true)
  })

  it('by more, the count holds for the window it is now, and a refusal is enough to write that down', () => {
    const { limit, stored } = setUp()
    const { at } = limit(threeASecond)
    at(5500).consume(3)
    expect(at(3999).peek()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(stored()).toEqual([{ used: 3, mark: 6000, scale: 1000, expiresAt: 6000, counted: 0 }])
    expect(at(3999).consume()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(stored()).toEqual([{ used: 3, mark: 4000, scale: 1000, expiresAt: 4000, counted: 0 }])
    expect(at(4000).consume().allowed).toBe(true)
  })

  it('with the first request: the same, and the window starts anew now', () => {
    const { at } = setUp().limit(threeFromTheFirst)
    at(5500).consume(3)
    expect(at(4500).consume()).toMatchObject({ allowed: false, retryAfterMs: 2000 })
    expect(at(4499).consume()).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    expect(at(5498).consume().allowed).toBe(false)
    expect(at(5499).consume().allowed).toBe(true)
  })
})

describe('when the parameters change', () => {
  it('another limit applies to the running count at once', () => {
    const { limit } = setUp()
    limit(threeASecond).at(5500).consume(3)
    const lower = limit(fixedWindow({ limit: 2, window: '1s', align: 'epoch' }))
    expect(lower.at(5500).consume()).toMatchObject({ allowed: false, limit: 2, remaining: 0, retryAfterMs: 500 })
    const higher = limit(fixedWindow({ limit: 5, window: '1s', align: 'epoch' }))
    expect(higher.at(5500).consume()).toMatchObject({ allowed: true, limit: 5, remaining: 1, resetAfterMs: 500 })
  })

  it('a longer window moves the end out to its own', () => {
    const { limit, stored } = setUp()
    limit(threeASecond).at(5500).consume(2)
    const { at } = limit(fixedWindow({ limit: 3, window: '1m', align: 'epoch' }))
    expect(at(5500).consume(2)).toMatchObject({ allowed: false, retryAfterMs: 54_500 })
    expect(at(5999).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 54_001 })
    expect(stored()).toEqual([{ used: 3, mark: 60_000, scale: 60_000, expiresAt: 60_000, counted: 0 }])
    expect(at(59_999).consume().allowed).toBe(false)
    expect(at(60_000).consume().allowed).toBe(true)
  })

  it('a longer window moves the end out to that of the window which holds the last ms of the shorter', () => {
    const { limit } = setUp()
    limit(fixedWindow({ limit: 3, window: '1s', align: 'epoch' }))
      .at(59_500)
      .consume(2)
    expect(
      limit(fixedWindow({ limit: 3, window: '1m', align: 'epoch' }))
        .at(59_500)
        .consume().resetAfterMs,
    ).toBe(500)
  })

  it('with the first request: a longer window counts from the same start', () => {
    const { limit } = setUp()
    limit(threeFromTheFirst).at(5500).consume(2)
    const { at } = limit(fixedWindow({ limit: 3, window: '1m' }))
    expect(at(6000).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 59_500 })
  })

  it('a shorter window waits for the end of the longer', () => {
    const { limit } = setUp()
    limit(fixedWindow({ limit: 3, window: '1m', align: 'epoch' }))
      .at(5500)
      .consume(3)
    const { at } = limit(threeASecond)
    expect(at(5500).consume()).toMatchObject({ allowed: false, retryAfterMs: 54_500 })
    expect(at(59_999).consume()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(at(60_000).consume()).toMatchObject({ allowed: true, resetAfterMs: 1000 })
  })
})

describe('bad options', () => {
  const whole = 'a positive integer below 2^53'
  const duration = "a duration like '60s' or '15m'"
  const ms = 'a whole number of ms from 1 to 2^50'
  const hint = (given: number) => `: write '${given}s' for seconds or '${given}ms' for milliseconds`
  it.each<[Record<string, unknown>, Error]>([
    [{ limit: 0 }, new RangeError(`Expected \`limit\` to be ${whole}, got 0`)],
    [{ limit: -1 }, new RangeError(`Expected \`limit\` to be ${whole}, got -1`)],
    [{ limit: 0.5 }, new RangeError(`Expected \`limit\` to be ${whole}, got 0.5`)],
    [{ limit: Number.NaN }, new RangeError(`Expected \`limit\` to be ${whole}, got NaN`)],
    [{ limit: Infinity }, new RangeError(`Expected \`limit\` to be ${whole}, got Infinity`)],
    [{ limit: 2 ** 53 }, new RangeError(`Expected \`limit\` to be ${whole}, got 9007199254740992`)],
    [{ limit: '3' }, new TypeError('Expected `limit` to be a positive integer, got "3"')],
    [{ limit: undefined }, new TypeError('Expected `limit` to be a positive integer, got undefined')],
    ...['1 s', '1.5s', '', '5y', '-1s'].map((window): [Record<string, unknown>, Error] => [
      { window },
      new TypeError(`Expected \`window\` to be ${duration}, got "${window}"`),
    ]),
    [{ window: undefined }, new TypeError(`Expected \`window\` to be ${duration}, got undefined`)],
    [{ window: '0s' }, new RangeError(`Expected \`window\` to be ${ms}, got "0s"`)],
    [{ window: 60 }, new TypeError(`Expected \`window\` to be ${duration}, got 60${hint(60)}`)],
    [{ window: 1.5 }, new TypeError(`Expected \`window\` to be ${duration}, got 1.5${hint(1.5)}`)],
    [{ window: Number.NaN }, new TypeError(`Expected \`window\` to be ${duration}, got NaN`)],
    [{ window: '1125899906842625ms' }, new RangeError(`Expected \`window\` to be ${ms}, got "1125899906842625ms"`)],
    [{ align: 'start' }, new RangeError("Expected `align` to be 'epoch' or 'first-request', got \"start\"")],
    [{ align: 0 }, new RangeError("Expected `align` to be 'epoch' or 'first-request', got 0")],
    [{ per: '1s' }, new TypeError('Expected the options of fixedWindow to be among limit, window, align, got `per`')],
  ])('%o', (wrong, error) => {
    const options = { limit: 3, window: '1s', ...wrong } as FixedWindowOptions
    expect(() => fixedWindow(options)).toThrow(error)
  })
})
