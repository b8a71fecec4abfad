import { createLimiter, type Decision, memoryStore } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type SlidingCounterOptions, slidingCounter } from './sliding-counter.ts'

/** Limiters of one name over one memory store, on a clock that the test sets. */
function setUp() {
  let now = 0
  const store = memoryStore({ clock: () => now })
  const limit = (options: SlidingCounterOptions) => {
    const limiter = createLimiter({ name: 'test', policy: slidingCounter(options), store })
    const at = (ms: number) => {
      now = ms
      return {
        consume: (cost = 1): Decision => limiter.consumeSync('ann', { cost }),
        charge: (cost = 1): Decision => limiter.chargeSync('ann', { cost }),
        peek: (cost = 1): Decision => limiter.peekSync('ann', { cost }),
        refund: (cost = 1): Decision => limiter.refundSync('ann', { cost }),
        takeBack: (of: Decision, cost?: number): Decision => limiter.refundSync('ann', { of, cost }),
      }
    }
    return { at }
  }
  return { limit, stored: () => [...store.entries()].map(({ stored }) => stored) }
}

const tenASecond: SlidingCounterOptions = { limit: 10, window: '1s' }

describe('sliding counter', () => {
  it('counts the running window in full, and of the one before it the share that is less than a window old', () => {
    const { at } = setUp().limit(tenASecond)
    expect(at(5200).consume(10)).toMatchObject({ allowed: true, limit: 10, remaining: 0, resetAfterMs: 1800 })
    expect(at(5999).peek()).toMatchObject({ allowed: false, used: 10 })
    expect(at(6000).peek()).toMatchObject({ allowed: false, used: 10, resetAfterMs: 1000 })
    // From 6,000 to 7,000 the ten become fewer, one each 100 ms.
    expect(at(6100).consume()).toMatchObject({ allowed: true, used: 10, remaining: 0, resetAfterMs: 1900 })
    expect(at(6500).peek()).toMatchObject({ used: 6, remaining: 4 })
    expect(at(6501).peek()).toMatchObject({ used: 6, remaining: 4 })
    expect(at(6999).peek()).toMatchObject({ used: 2, remaining: 8 })
    expect(at(7000).peek()).toMatchObject({ used: 1, remaining: 9, resetAfterMs: 1000 })
    expect(at(8000).peek()).toMatchObject({ used: 0, remaining: 10, resetAfterMs: 0 })
  })

  it('says to the ms when a cost will fit: while the window before gets less', () => {
    const { at } = setUp().limit(tenASecond)
    at(5200).consume(10)
    expect(at(6000).consume(3)).toMatchObject({ allowed: false, retryAfterMs: 300 })
    expect(at(6299).consume(3)).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(at(6300).consume(3)).toMatchObject({ allowed: true, remaining: 0 })
  })

  it('says to the ms when a cost will fit: after the end of the running window', () => {
    const { at } = setUp().limit(tenASecond)
    at(5200).consume(7)
    // It fits once the seven are no more than five, two sevenths into the next window.
    expect(at(5200).consume(5)).toMatchObject({ allowed: false, retryAfterMs: 1086 })
    expect(at(6285).consume(5).allowed).toBe(false)
    expect(at(6286).consume(5).allowed).toBe(true)
  })

  it('admits nearly twice the limit within a window, and never more than limit · (1 + t / window)', () => {
    const { at } = setUp().limit({ limit: 100, window: '1s' })
    let admitted = at(5999).consume(100).cost
    for (let ms = 6000; ms < 6999; ms += 1) admitted += at(ms).consume().cost
    expect(admitted).toBe(199)
  })

  it('starts its windows at multiples of their length since the epoch', () => {
    const { at } = setUp().limit({ limit: 1, window: '1h' })
    // 2023-11-14 22:13:20.123 UTC
    expect(at(1_700_000_000_123).consume().resetAfterMs).toBe(2_799_877 + 3_600_000)
  })

  it('has no reset to wait for while nothing is counted', () => {
    const { at } = setUp().limit(tenASecond)
    expect(at(5200).peek()).toMatchObject({ remaining: 10, resetAfterMs: 0, retryAfterMs: 0 })
    expect(at(5200).consume(11)).toMatchObject({ allowed: false, retryAfterMs: Infinity, resetAfterMs: 0 })
  })

  it('is exact up to 2^53 - 1, in windows of up to 2^50 ms', () => {
    const most = Number.MAX_SAFE_INTEGER
    const { at } = setUp().limit({ limit: most, window: '1125899906842624ms' })
    expect(at(5).consume(most)).toMatchObject({ allowed: true, remaining: 0 })
    const later = 2 ** 50 + 1
    // 8 · 2^50 - 1 units less a share of 1 / 2^50: eight less, less a part of one.
    expect(at(later).peek(8)).toMatchObject({ allowed: false, used: most - 7, retryAfterMs: 1 })
    expect(at(later + 1).peek(15)).toMatchObject({ allowed: true, used: most - 15 })
  })

  it('holds for a window after its end what a charge has brought above the limit', () => {
    const { at } = setUp().limit(tenASecond)
    expect(at(5200).charge(40)).toMatchObject({ allowed: false, used: 40, remaining: 0, retryAfterMs: 1575 })
    expect(at(6774).consume().allowed).toBe(false)
    expect(at(6775).consume().allowed).toBe(true)
  })
})

describe('a refund', () => {
  it('takes the newest first, and then from the window before', () => {
    const { limit, stored } = setUp()
    const { at } = limit(tenASecond)
    at(5200).consume(8)
    at(6500).consume(3)
    expect(at(6500).refund(2)).toMatchObject({ used: 5 })
    expect(at(6500).refund(3)).toMatchObject({ used: 3, resetAfterMs: 500 })
    expect(stored()).toEqual([{ used: 6, mark: 6000, scale: 1000, expiresAt: 7000, counted: 0, rest: undefined }])
    expect(at(6500).refund(3)).toMatchObject({ used: 0 })
    expect(stored()).toEqual([])
  })

  it('that does not show at once, because what is used is rounded up, is not lost', () => {
    const { at } = setUp().limit(tenASecond)
    at(5200).consume(10)
    expect(at(6500).refund(1)).toMatchObject({ used: 5 })
    expect(at(6500).refund(1)).toMatchObject({ used: 4 })
  })

  it('of a decision takes it from the window that it was made in, and from no other', () => {
    const { at } = setUp().limit(tenASecond)
    const early = at(5200).consume(6)
    const late = at(6500).consume(4)
    expect(at(6500).takeBack(early, 4)).toMatchObject({ used: 5 })
    expect(at(6999).takeBack(late, 1)).toMatchObject({ used: 4 })
    expect(at(7000).peek()).toMatchObject({ used: 3 })
  })

  it('of a decision that no longer counts gives nothing', () => {
    const { at } = setUp().limit(tenASecond)
    const early = at(5200).consume(6)
    at(6100).consume(4)
    at(7100).consume(5)
    expect(at(7200).takeBack(early)).toMatchObject({ used: 9 })
  })
})

describe('a refund under other options', () => {
  /** A limiter of a window of a second and, of the same counts, one of three. */
  function setUpBoth() {
    const time = { now: 0 }
    const store = memoryStore({ clock: () => time.now })
    const short = createLimiter({ name: 'test', policy: slidingCounter(tenASecond), store })
    return { time, short, long: short.with({ policy: slidingCounter({ limit: 10, window: '3s' }) }) }
  }

  it('of a decision that was forgotten gives nothing, though the window that runs began before it', () => {
    const { time, short, long } = setUpBoth()
    time.now = 100
    const of = short.consumeSync('ann', { cost: 5 })
    time.now = 2000
    long.consumeSync('ann', { cost: 6 })
    expect(short.refundSync('ann', { of }).used).toBe(6)
  })

  it('keeps what only a longer window still counts', () => {
    const { time, short, long } = setUpBoth()
    time.now = 100
    short.consumeSync('ann', { cost: 4 })
    time.now = 1100
    short.consumeSync('ann', { cost: 3 })
    time.now = 2000
    expect(short.refundSync('ann').used).toBe(2)
    // The two, and of the four two thirds, rounded up.
    expect(long.peekSync('ann').used).toBe(5)
  })

  it('takes nothing that a longer window still counts', () => {
    const { time, short, long } = setUpBoth()
    time.now = 100
    long.consumeSync('ann', { cost: 4 })
    time.now = 3100
    const of = short.consumeSync('ann', { cost: 2 })
    time.now = 4100
    // Nothing would be left of it for the shorter window, and the four would be forgotten with it.
    expect(short.refundSync('ann', { of }).used).toBe(2)
    expect(long.peekSync('ann').used).toBe(5)
  })
})

describe('when the options change', () => {
  it('a longer window starts where the shorter one did', () => {
    const { limit } = setUp()
    limit(tenASecond).at(5200).consume(10)
    const { at } = limit({ limit: 10, window: '3s' })
    expect(at(5500).consume()).toMatchObject({ allowed: false, retryAfterMs: 2800 })
    expect(at(7999).peek()).toMatchObject({ used: 10 })
    expect(at(9500).peek()).toMatchObject({ used: 5, resetAfterMs: 1500 })
  })

  it('a shorter window waits for the end of the longer one, and then applies', () => {
    const { limit } = setUp()
    limit({ limit: 10, window: '3s' }).at(6100).consume(10)
    const { at } = limit(tenASecond)
    expect(at(8999).consume()).toMatchObject({ allowed: false, retryAfterMs: 101 })
    expect(at(9500).consume()).toMatchObject({ allowed: true, used: 6, resetAfterMs: 1500 })
  })

  it('there and back, nothing is forgotten', () => {
    const { limit } = setUp()
    const { at: long } = limit({ limit: 10, window: '3s' })
    const { at: short } = limit(tenASecond)
    long(6100).consume(6)
    short(9100).consume(1)
    // Two thirds of the six, and the one.
    expect(long(10_000).peek()).toMatchObject({ used: 5 })
  })
})

describe('when the clock goes back', () => {
  it('by at most two windows, what was counted counts in full until it is reached again', () => {
    const { at } = setUp().limit(tenASecond)
    at(5200).consume(10)
    expect(at(4200).consume()).toMatchObject({ allowed: false, retryAfterMs: 1900 })
    expect(at(6100).consume().allowed).toBe(true)
  })

  it('by more, its window starts now, and a refusal is enough to write that down', () => {
    const { limit, stored } = setUp()
    const { at } = limit(tenASecond)
    at(5200).consume(10)
    expect(at(3700).peek()).toMatchObject({ allowed: false, retryAfterMs: 1100 })
    expect(stored()).toMatchObject([{ mark: 6000 }])
    expect(at(3700).consume()).toMatchObject({ allowed: false, retryAfterMs: 1100 })
    expect(stored()).toMatchObject([{ mark: 4700, expiresAt: 5700 }])
    expect(at(4800).consume().allowed).toBe(true)
  })
})

describe('bad options', () => {
  it.each<[Record<string, unknown>, Error]>([
    [{ limit: 0 }, new RangeError('Expected `limit` to be a positive integer below 2^53, got 0')],
    [{ limit: 2 ** 53 }, new RangeError('Expected `limit` to be a positive integer below 2^53, got 9007199254740992')],
    [{ limit: '3' }, new TypeError('Expected `limit` to be a positive integer, got "3"')],
    [{ window: '1 s' }, new TypeError("Expected `window` to be a duration like '60s' or '15m', got \"1 s\"")],
    [{ window: '0s' }, new RangeError('Expected `window` to be a whole number of ms from 1 to 2^50, got "0s"')],
    [
      { align: 'epoch' },
      new TypeError('Expected the options of slidingCounter to be among limit, window, got `align`'),
    ],
  ])('%o', (wrong, error) => {
    expect(() => slidingCounter({ ...tenASecond, ...wrong } as SlidingCounterOptions)).toThrow(error)
  })
})
