import { createLimiter, type Decision, memoryStore, type Policy } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type Log, largestLimit, type SlidingLogOptions, slidingLog } from './sliding-log.ts'

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
  const stored = () => [...store.entries()].map(({ stored: { rest, expiresAt } }) => ({ ...(rest as Log), expiresAt }))
  return { limit, stored }
}

const threeASecond = slidingLog({ limit: 3, window: '1s' })

describe('sliding log', () => {
  it('lets what it admitted leave one by one, each a window after it came', () => {
    const { at } = setUp().limit(threeASecond)
    for (const ms of [0, 100, 250]) at(ms).consume()
    const remaining = [999, 1000, 1099, 1100, 1249, 1250].map((ms) => at(ms).peek().remaining)
    expect(remaining).toEqual([0, 1, 1, 2, 2, 3])
  })

  it('says when enough of the oldest will have left, and keeps its word to the ms', () => {
    const { at } = setUp().limit(threeASecond)
    for (const ms of [0, 100, 250]) at(ms).consume()
    expect([1, 2, 3, 4].map((cost) => at(300).peek(cost).retryAfterMs)).toEqual([700, 800, 950, Infinity])
    expect(at(300).peek().resetAfterMs).toBe(950)
    expect(at(1099).consume(2)).toMatchObject({ allowed: false, remaining: 1, retryAfterMs: 1 })
    expect(at(1100).consume(2)).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 1000 })
  })

  it('has no boundary around which more gets through', () => {
    const { at } = setUp().limit(threeASecond)
    const moments = [2999, 2999, 2999, 3000, 3998, 3999, 3999, 3999, 3999]
    const allowed = moments.map((ms) => at(ms).consume().allowed)
    expect(allowed).toEqual([true, true, true, false, false, true, true, true, false])
  })

  it('keeps one run for each ms in which something was admitted', () => {
    const { limit, stored } = setUp()
    const { at } = limit(slidingLog({ limit: 100, window: '1s' }))
    for (const [ms, cost] of [
      [5000, 2],
      [5000, 3],
      [5000, 200],
      [5400, 1],
      [5400, 1],
    ] as const)
      at(ms).consume(cost)
    const log = { base: 0, first: 0, spent: 0, whens: [5000, 5400], totals: [5, 7], expiresAt: 6400 }
    expect(stored()).toEqual([log])
  })

  it('admits the largest limit one by one, and keeps no more than that', () => {
    const { limit, stored } = setUp()
    const { at } = limit(slidingLog({ limit: largestLimit, window: '1d' }))
    for (let ms = 0; ms < largestLimit; ms += 1) at(ms).consume()
    expect(at(largestLimit).consume()).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 86_390_000 })
    expect(stored()[0]).toHaveProperty('whens.length', 10_000)
  })

  it('takes back the newest first', () => {
    const { limit, stored } = setUp()
    const { at } = limit(slidingLog({ limit: 5, window: '1s' }))
    for (const ms of [0, 100]) at(ms).consume(2)
    expect(at(200).refund()).toMatchObject({ remaining: 2, resetAfterMs: 900 })
    expect(at(200).refund()).toMatchObject({ remaining: 3, resetAfterMs: 800 })
    expect(at(1000).peek().remaining).toBe(5)
    at(1000).consume(4)
    expect(at(1001).refund(9)).toMatchObject({ remaining: 5, resetAfterMs: 0 })
    expect(stored()).toEqual([])
  })
})

describe('a decision that is taken back', () => {
  it('is exactly given back while it is the newest; of an older one the oldest go in its stead', () => {
    const time = { now: 0 }
    const policy = slidingLog({ limit: 5, window: '1s' })
    const limiter = createLimiter({ name: 'test', policy, store: memoryStore({ clock: () => time.now }) })
    const at = (ms: number) => {
      time.now = ms
      return limiter.consumeSync('ann')
    }
    const [, second, third] = [at(0), at(100), at(200)]
    // The oldest goes, so the next place is free when the second leaves.
    expect(limiter.refundSync('ann', { of: second })).toMatchObject({ used: 2, resetAfterMs: 1000 })
    expect(limiter.peekSync('ann', { cost: 4 }).retryAfterMs).toBe(900)
    expect(limiter.refundSync('ann', { of: third })).toMatchObject({ used: 1, resetAfterMs: 900 })
  })

  it('is not given back once it has left the window', () => {
    const time = { now: 0 }
    const policy = slidingLog({ limit: 2, window: '1s' })
    const limiter = createLimiter({ name: 'test', policy, store: memoryStore({ clock: () => time.now }) })
    const first = limiter.consumeSync('ann')
    time.now = 1000
    limiter.consumeSync('ann', { cost: 2 })
    expect(limiter.refundSync('ann', { of: first }).remaining).toBe(0)
  })
})

describe('when the clock goes back', () => {
  it('by at most a window, what was admitted is read at its own date', () => {
    const { limit, stored } = setUp()
    const { at } = limit(threeASecond)
    at(5000).consume(2)
    expect(at(4600).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 1400 })
    expect(stored()).toMatchObject([{ whens: [5000], totals: [3], expiresAt: 6000 }])
    expect(at(4000).consume()).toMatchObject({ allowed: false, retryAfterMs: 2000 })
    expect(at(5999).consume().allowed).toBe(false)
    expect(at(6000).consume().allowed).toBe(true)
  })

  it('by more, the newest counts from now on, the others at their distance from it, and a refusal writes that down', () => {
    const { limit, stored } = setUp()
    const { at } = limit(threeASecond)
    at(4700).consume()
    at(5000).consume(2)
    expect(at(3999).peek()).toMatchObject({ allowed: false, retryAfterMs: 700 })
    expect(stored()).toMatchObject([{ base: 0, expiresAt: 6000 }])
    expect(at(3999).consume(2)).toMatchObject({ allowed: false, retryAfterMs: 1000, resetAfterMs: 1000 })
    expect(stored()).toMatchObject([{ base: -1001, whens: [4700, 5000], expiresAt: 4999 }])
    expect(at(4698).consume().allowed).toBe(false)
    expect(at(4699).consume().allowed).toBe(true)
    expect(at(4998).consume().allowed).toBe(false)
    expect(at(4999).consume(2).allowed).toBe(true)
  })
})

describe('when the parameters change', () => {
  it('another limit applies at once to what is in the window', () => {
    const { limit } = setUp()
    for (const ms of [0, 100, 250]) limit(threeASecond).at(ms).consume()
    const lower = limit(slidingLog({ limit: 2, window: '1s' }))
    expect(lower.at(300).consume()).toMatchObject({ allowed: false, limit: 2, remaining: 0, retryAfterMs: 800 })
    const higher = limit(slidingLog({ limit: 5, window: '1s' }))
    expect(higher.at(300).consume()).toMatchObject({ allowed: true, limit: 5, remaining: 1 })
  })

  it('a longer window holds on to what is in it', () => {
    const { limit } = setUp()
    for (const ms of [0, 100, 250]) limit(threeASecond).at(ms).consume()
    const { at } = limit(slidingLog({ limit: 4, window: '1m' }))
    expect(at(1200).consume()).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 60_000 })
    expect(at(1200).consume(3)).toMatchObject({ allowed: false, retryAfterMs: 59_050 })
  })

  it('a shorter window lets go of what is not', () => {
    const { limit } = setUp()
    for (const ms of [0, 100, 250]) limit(threeASecond).at(ms).consume()
    const { at } = limit(slidingLog({ limit: 3, window: '200ms' }))
    expect(at(299).peek()).toMatchObject({ remaining: 1, resetAfterMs: 151 })
    expect(at(300).peek()).toMatchObject({ remaining: 2, resetAfterMs: 150 })
    expect(at(450).peek()).toMatchObject({ remaining: 3, resetAfterMs: 0 })
  })
})

describe('bad options', () => {
  const whole = 'a positive integer below 2^53'
  const ms = 'a whole number of ms from 1 to 2^50'
  it.each<[Record<string, unknown>, Error]>([
    [{ limit: 0 }, new RangeError(`Expected \`limit\` to be ${whole}, got 0`)],
    [{ limit: -1 }, new RangeError(`Expected \`limit\` to be ${whole}, got -1`)],
    [{ limit: 0.5 }, new RangeError(`Expected \`limit\` to be ${whole}, got 0.5`)],
    [{ limit: Number.NaN }, new RangeError(`Expected \`limit\` to be ${whole}, got NaN`)],
    [{ limit: Infinity }, new RangeError(`Expected \`limit\` to be ${whole}, got Infinity`)],
    [{ limit: '3' }, new TypeError('Expected `limit` to be a positive integer, got "3"')],
    [{ limit: undefined }, new TypeError('Expected `limit` to be a positive integer, got undefined')],
    [{ limit: 10_001 }, new RangeError('Expected `limit` to be at most 10000, the most a log holds, got 10001')],
    ...['1 s', '1.5s', '', '5y', '-1s'].map((window): [Record<string, unknown>, Error] => [
      { window },
      new TypeError(`Expected \`window\` to be a duration like '60s' or '15m', got "${window}"`),
    ]),
    [{ window: '0s' }, new RangeError(`Expected \`window\` to be ${ms}, got "0s"`)],
    [
      { window: 60 },
      new TypeError(
        "Expected `window` to be a duration like '60s' or '15m', got 60: write '60s' for seconds or '60ms' for milliseconds",
      ),
    ],
    [{ align: 'epoch' }, new TypeError('Expected the options of slidingLog to be among limit, window, got `align`')],
  ])('%o', (wrong, error) => {
    const options = { limit: 3, window: '1s', ...wrong } as SlidingLogOptions
    expect(() => slidingLog(options)).toThrow(error)
  })
})
