import { createLimiter, type Decision, memoryStore, type Policy } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type TokenBucketOptions, tokenBucket } from './token-bucket.ts'

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

const twoASecond = tokenBucket({ capacity: 5, refill: 2, per: '1s' })

describe('token bucket', () => {
  it('admits a burst up to its capacity, then as much as comes back', () => {
    const { at } = setUp().limit(twoASecond)
    expect([1, 2, 3, 4, 5, 6].map(() => at(0).consume().allowed)).toEqual([true, true, true, true, true, false])
    expect(at(499).consume()).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1 })
    expect(at(500).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 2500 })
    expect(at(999).consume()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(at(1000).consume().allowed).toBe(true)
  })

  it('refills while idle, never past capacity', () => {
    const { at } = setUp().limit(twoASecond)
    at(0).consume(5)
    expect(at(1600).peek()).toMatchObject({ remaining: 3, resetAfterMs: 900 })
    expect(at(2499).peek()).toMatchObject({ remaining: 4, resetAfterMs: 1 })
    expect(at(2500).peek()).toMatchObject({ remaining: 5, resetAfterMs: 0 })
    expect(at(1_000_000).consume().remaining).toBe(4)
    expect(at(2 ** 52).consume().remaining).toBe(4)
  })

  it('says when each cost would fit, and keeps its word to the ms', () => {
    const { at } = setUp().limit(twoASecond)
    at(0).consume(4)
    expect([1, 2, 3, 5, 6].map((cost) => at(0).peek(cost).retryAfterMs)).toEqual([0, 500, 1000, 2000, Infinity])
    expect(at(1999).consume(5)).toMatchObject({ allowed: false, remaining: 4, retryAfterMs: 1 })
    expect(at(2000).consume(5)).toMatchObject({ allowed: true, remaining: 0 })
  })

  it('loses no fraction of a unit, however often it is asked', () => {
    const { at } = setUp().limit(tokenBucket({ capacity: 3, refill: 3, per: '7ms' }))
    at(0).consume(3)
    const admitted = Array.from({ length: 7000 }, (_, i) => at(i + 1).consume()).filter(({ allowed }) => allowed)
    expect(admitted).toHaveLength(3000)
  })

  it('stores what is owed, until it is paid off', () => {
    const { limit, stored } = setUp()
    const { at } = limit(twoASecond)
    at(0).consume(5)
    expect(stored()).toEqual([{ used: 2500, mark: 0, scale: 500, expiresAt: 2500, counted: 5 }])
    at(1300).consume()
    expect(stored()).toEqual([{ used: 1700, mark: 1300, scale: 500, expiresAt: 3000, counted: 6 }])
  })

  it('after a refund stands as if nothing had been consumed', () => {
    const { limit, stored } = setUp()
    const { at } = limit(twoASecond)
    at(0).consume(2)
    at(100).consume(3)
    expect(at(700).refund(3)).toMatchObject({ remaining: 4, resetAfterMs: 300 })
    expect(at(999).peek().remaining).toBe(4)
    expect(at(999).refund()).toMatchObject({ remaining: 5, resetAfterMs: 0 })
    // What was charged is known until it would have been paid off.
    expect(stored()).toEqual([{ used: 0, mark: 999, scale: 500, expiresAt: 2500, counted: 5 }])
  })
})

describe('a decision that is taken back', () => {
  function limiterFrom(start: number) {
    const time = { now: start }
    return {
      time,
      limiter: createLimiter({ name: 'test', policy: twoASecond, store: memoryStore({ clock: () => time.now }) }),
    }
  }

  it('gives back what still stands of it, whatever was charged since', () => {
    const { time, limiter } = limiterFrom(0)
    const first = limiter.consumeSync('ann', { cost: 3 })
    limiter.consumeSync('ann', { cost: 2 })
    time.now = 500 // one unit has come back: of the first, because it was charged first
    expect(limiter.refundSync('ann', { of: first })).toMatchObject({ used: 2, remaining: 3, cost: 0 })
    expect(limiter.refundSync('ann', { of: first }).used, 'a second time').toBe(2)
  })

  it('gives nothing of what has come back by itself', () => {
    const { time, limiter } = limiterFrom(0)
    const first = limiter.consumeSync('ann', { cost: 5 })
    time.now = 2500
    limiter.consumeSync('ann', { cost: 5 })
    expect(limiter.refundSync('ann', { of: first }).remaining).toBe(0)
  })

  // Found by thinking: a count alone would take the units of the life that followed.
  it('gives nothing of what was charged after all before it was given back', () => {
    const { time, limiter } = limiterFrom(0)
    const five = limiter.consumeSync('ann', { cost: 4 })
    const one = limiter.consumeSync('ann', { cost: 1 })
    limiter.refundSync('ann', { of: five })
    time.now = 500
    limiter.consumeSync('ann', { cost: 5 })
    expect(limiter.refundSync('ann', { of: one }).remaining).toBe(0)
  })

  it('gives back a part, and no more than was charged', () => {
    const { limiter } = limiterFrom(0)
    const decision = limiter.consumeSync('ann', { cost: 3 })
    expect(() => limiter.refundSync('ann', { of: decision, cost: 4 })).toThrow(
      new RangeError('Expected `cost` to be at most 3, what the decision has charged, got 4'),
    )
    expect(limiter.refundSync('ann', { of: decision, cost: 2 }).used).toBe(1)
  })
})

describe('when the clock goes back', () => {
  it('by at most the time to full, nothing is credited until it is past that date again', () => {
    const { at } = setUp().limit(twoASecond)
    at(10_000).consume(5)
    expect(at(9000).consume()).toMatchObject({ allowed: false, retryAfterMs: 1500, resetAfterMs: 3500 })
    expect(at(7500).consume()).toMatchObject({ allowed: false, retryAfterMs: 3000, resetAfterMs: 5000 })
    expect(at(10_499).consume()).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(at(10_500).consume().allowed).toBe(true)
  })

  it('by more, what is owed is owed from now on, and a refusal is enough to write that down', () => {
    const { limit, stored } = setUp()
    const { at } = limit(twoASecond)
    at(10_000).consume(5)
    expect(at(7499).peek()).toMatchObject({ allowed: false, retryAfterMs: 500 })
    expect(stored()).toEqual([{ used: 2500, mark: 10_000, scale: 500, expiresAt: 12_500, counted: 5 }])
    expect(at(7499).consume()).toMatchObject({ allowed: false, retryAfterMs: 500, resetAfterMs: 2500 })
    expect(stored()).toEqual([{ used: 2500, mark: 7499, scale: 500, expiresAt: 9999, counted: 5 }])
    expect(at(7998).consume().allowed).toBe(false)
    expect(at(7999).consume().allowed).toBe(true)
  })

  it('what is charged meanwhile adds to what is owed', () => {
    const { at } = setUp().limit(twoASecond)
    at(10_000).consume(2)
    expect(at(9000).consume(2)).toMatchObject({ allowed: true, remaining: 1, resetAfterMs: 3000 })
    expect(at(12_000).peek()).toMatchObject({ remaining: 5, resetAfterMs: 0 })
  })
})

describe('when the parameters change', () => {
  it('a larger capacity has room at once', () => {
    const { limit } = setUp()
    limit(twoASecond).at(0).consume(5)
    const { at } = limit(tokenBucket({ capacity: 8, refill: 2, per: '1s' }))
    expect(at(0).peek()).toMatchObject({ allowed: true, limit: 8, remaining: 3, resetAfterMs: 2500 })
  })

  it('a smaller capacity forgives nothing', () => {
    const { limit } = setUp()
    limit(tokenBucket({ capacity: 8, refill: 2, per: '1s' }))
      .at(0)
      .consume(8)
    const { at } = limit(twoASecond)
    expect(at(0).consume()).toMatchObject({ allowed: false, limit: 5, remaining: 0, retryAfterMs: 2000 })
    expect(at(1999).consume().allowed).toBe(false)
    expect(at(2000).consume().allowed).toBe(true)
  })

  it('another rate drains the same debt', () => {
    const { limit } = setUp()
    limit(twoASecond).at(0).consume(5)
    const faster = limit(tokenBucket({ capacity: 5, refill: 1, per: '100ms' }))
    expect(faster.at(0).peek()).toMatchObject({ remaining: 0, retryAfterMs: 100, resetAfterMs: 500 })
    expect(faster.at(250).consume(2)).toMatchObject({ allowed: true, remaining: 0 })
    const slower = limit(tokenBucket({ capacity: 5, refill: 1, per: '1m' }))
    expect(slower.at(250).consume()).toMatchObject({ allowed: false, retryAfterMs: 30_000, resetAfterMs: 270_000 })
  })

  it('a debt in finer credits is rounded up', () => {
    const { limit, stored } = setUp()
    const { at } = limit(tokenBucket({ capacity: 5, refill: 1, per: '3ms' }))
    at(0).consume()
    const changed = limit(twoASecond)
    expect(changed.at(1).peek()).toMatchObject({ remaining: 4, resetAfterMs: 499 })
    changed.at(1).consume()
    expect(stored()).toEqual([{ used: 999, mark: 1, scale: 500, expiresAt: 1000, counted: 2 }])
  })
})

describe('bad options', () => {
  const whole = 'a positive integer below 2^53'
  const duration = "a duration like '60s' or '15m'"
  it.each<[Record<string, unknown>, Error]>([
    ...['capacity', 'refill'].flatMap((name): [Record<string, unknown>, Error][] => [
      [{ [name]: 0 }, new RangeError(`Expected \`${name}\` to be ${whole}, got 0`)],
      [{ [name]: -1 }, new RangeError(`Expected \`${name}\` to be ${whole}, got -1`)],
      [{ [name]: 0.5 }, new RangeError(`Expected \`${name}\` to be ${whole}, got 0.5`)],
      [{ [name]: Number.NaN }, new RangeError(`Expected \`${name}\` to be ${whole}, got NaN`)],
      [{ [name]: Infinity }, new RangeError(`Expected \`${name}\` to be ${whole}, got Infinity`)],
      [{ [name]: 2 ** 53 }, new RangeError(`Expected \`${name}\` to be ${whole}, got 9007199254740992`)],
      [{ [name]: '5' }, new TypeError(`Expected \`${name}\` to be a positive integer, got "5"`)],
      [{ [name]: 5n }, new TypeError(`Expected \`${name}\` to be a positive integer, got 5n`)],
      [{ [name]: null }, new TypeError(`Expected \`${name}\` to be a positive integer, got null`)],
      [{ [name]: undefined }, new TypeError(`Expected \`${name}\` to be a positive integer, got undefined`)],
    ]),
    ...['1 s', '1.5s', '', '5y', '-1s'].map((per): [Record<string, unknown>, Error] => [
      { per },
      new TypeError(`Expected \`per\` to be ${duration}, got "${per}"`),
    ]),
    [{ per: undefined }, new TypeError(`Expected \`per\` to be ${duration}, got undefined`)],
    [{ per: '0s' }, new RangeError('Expected `per` to be a whole number of ms from 1 to 2^50, got "0s"')],
    [
      { per: 60 },
      new TypeError(`Expected \`per\` to be ${duration}, got 60: write '60s' for seconds or '60ms' for milliseconds`),
    ],
    [{ per: Number.NaN }, new TypeError(`Expected \`per\` to be ${duration}, got NaN`)],
    [{ leak: 2 }, new TypeError('Expected the options of tokenBucket to be among capacity, refill, per, got `leak`')],
  ])('%o', (wrong, error) => {
    const options = { capacity: 5, refill: 2, per: '1s', ...wrong } as TokenBucketOptions
    expect(() => tokenBucket(options)).toThrow(error)
  })

  it.each([undefined, null, 5, [5, 2, '1s']])('%o instead of options', (options) => {
    expect(() => tokenBucket(options as unknown as TokenBucketOptions)).toThrow(TypeError)
  })

  it('a capacity that leaves 2^53 together with the rate; the error names the largest that works', () => {
    const aDay = { refill: 1, per: '1d' } as const
    const message =
      'Expected `capacity` to be at most 104249991 with refill 1 per 86400000 ms (products stay below 2^53), got 104249992'
    expect(() => tokenBucket({ capacity: 104_249_992, ...aDay })).toThrow(new RangeError(message))
    expect(tokenBucket({ capacity: 104_249_991, ...aDay }).limit).toBe(104_249_991)
  })

  it('a rate that leaves 2^53 by itself', () => {
    const message =
      'Expected `refill` and `per` to reduce to a smaller fraction than 9007199254740991/7: no capacity carries it below 2^53'
    const options = { capacity: 1, refill: Number.MAX_SAFE_INTEGER, per: '7ms' } as const
    // 2^53 - 1 is a multiple of 6361, not of 7.
    expect(() => tokenBucket(options)).toThrow(new RangeError(message))
  })

  it('a rate that a clock of whole ms cannot deliver; the error names the capacity that can', () => {
    const message =
      'Expected `capacity` to be at least 2 with refill 2 per 9 ms, got 1: on a clock of whole ms more than 1 % of that rate would be lost'
    expect(() => tokenBucket({ capacity: 1, refill: 2, per: '9ms' })).toThrow(new RangeError(message))
    expect(tokenBucket({ capacity: 2, refill: 2, per: '9ms' }).limit).toBe(2)
    expect(() => tokenBucket({ capacity: 1, refill: 2000, per: '1s' })).toThrow(
      'at least 2 with refill 2000 per 1000 ms',
    )
    expect(tokenBucket({ capacity: 1, refill: 2, per: '999ms' }).limit).toBe(1)
  })
})
