import { createLimiter, type Decision, memoryStore, type Policy } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type LeakyBucketOptions, leakyBucket } from './leaky-bucket.ts'

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
  return { limit }
}

const twoASecond = leakyBucket({ capacity: 4, leak: 2, per: '1s' })

describe('leaky bucket', () => {
  it('gives each request its turn, evenly spaced, and refuses what would overflow', () => {
    const { at } = setUp().limit(twoASecond)
    const burst = Array.from({ length: 5 }, () => at(0).consume())
    expect(burst.map(({ allowed, delayMs }) => [allowed, delayMs])).toEqual([
      [true, 0],
      [true, 500],
      [true, 1000],
      [true, 1500],
      [false, 0],
    ])
    expect(burst[4]).toMatchObject({ remaining: 0, retryAfterMs: 500, resetAfterMs: 2000 })
  })

  it('keeps the spacing for those who come later', () => {
    const { at } = setUp().limit(twoASecond)
    const departures = [0, 0, 600, 700, 1999, 2100, 5000].map((ms) => ms + at(ms).consume().delayMs)
    expect(departures).toEqual([0, 500, 1000, 1500, 2000, 2500, 5000])
  })

  it('keeps a heavier request on for longer: the next one waits until all of it has flowed out', () => {
    const { at } = setUp().limit(twoASecond)
    expect(at(0).consume(3)).toMatchObject({ allowed: true, delayMs: 0, remaining: 1 })
    expect(at(0).consume()).toMatchObject({ allowed: true, delayMs: 1500, remaining: 0 })
  })

  it('has no whole ms between departures when the rate has none, and does not drift', () => {
    const { at } = setUp().limit(leakyBucket({ capacity: 7, leak: 3, per: '10ms' }))
    expect(Array.from({ length: 7 }, () => at(0).consume().delayMs)).toEqual([0, 4, 7, 10, 14, 17, 20])
  })

  it('tells who only peeks when the turn would come, and asks no wait of who is refused', () => {
    const { at } = setUp().limit(twoASecond)
    at(0).consume(3)
    expect(at(100).peek()).toMatchObject({ allowed: true, remaining: 1, delayMs: 1400 })
    expect(at(100).peek(2)).toMatchObject({ allowed: false, retryAfterMs: 400, delayMs: 0 })
  })

  it('gives a turn back with a refund', () => {
    const { at } = setUp().limit(twoASecond)
    at(0).consume(3)
    expect(at(200).refund(2)).toMatchObject({ remaining: 3, resetAfterMs: 300 })
    expect(at(200).consume()).toMatchObject({ delayMs: 300 })
  })
})

describe('when the clock goes back', () => {
  it('by at most the time to empty, a turn once given stays given', () => {
    const { at } = setUp().limit(twoASecond)
    at(10_000).consume(2)
    expect(9000 + at(9000).consume().delayMs).toBe(11_000)
    expect(8000 + at(8000).consume().delayMs).toBe(11_500)
    expect(at(8000).consume()).toMatchObject({ allowed: false, retryAfterMs: 2500, delayMs: 0 })
  })

  it('by more, what is in the bucket flows out from now on', () => {
    const { at } = setUp().limit(twoASecond)
    at(10_000).consume(2)
    expect(at(7999).consume()).toMatchObject({ allowed: true, delayMs: 1000, resetAfterMs: 1500 })
  })
})

describe('when the parameters change', () => {
  it('what is in the bucket flows out at the new rate, whatever fits in now', () => {
    const { limit } = setUp()
    limit(twoASecond).at(0).consume(4)
    const { at } = limit(leakyBucket({ capacity: 2, leak: 1, per: '1s' }))
    expect(at(0).consume()).toMatchObject({ allowed: false, limit: 2, remaining: 0, retryAfterMs: 3000 })
    const { at: wider } = limit(leakyBucket({ capacity: 5, leak: 4, per: '1s' }))
    expect(wider(0).consume()).toMatchObject({ allowed: true, remaining: 0, delayMs: 1000 })
  })
})

describe('bad options', () => {
  it.each<[Record<string, unknown>, Error]>([
    [{ leak: 0 }, new RangeError('Expected `leak` to be a positive integer below 2^53, got 0')],
    [{ leak: 1.5 }, new RangeError('Expected `leak` to be a positive integer below 2^53, got 1.5')],
    [{ leak: Number.NaN }, new RangeError('Expected `leak` to be a positive integer below 2^53, got NaN')],
    [{ leak: Infinity }, new RangeError('Expected `leak` to be a positive integer below 2^53, got Infinity')],
    [{ leak: '2' }, new TypeError('Expected `leak` to be a positive integer, got "2"')],
    [{ leak: undefined }, new TypeError('Expected `leak` to be a positive integer, got undefined')],
    [{ capacity: -1 }, new RangeError('Expected `capacity` to be a positive integer below 2^53, got -1')],
    [{ capacity: '4' }, new TypeError('Expected `capacity` to be a positive integer, got "4"')],
    [{ per: '1 s' }, new TypeError("Expected `per` to be a duration like '60s' or '15m', got \"1 s\"")],
    [{ per: '0s' }, new RangeError('Expected `per` to be a whole number of ms from 1 to 2^50, got "0s"')],
    [{ refill: 2 }, new TypeError('Expected the options of leakyBucket to be among capacity, leak, per, got `refill`')],
    [
      { capacity: 2 ** 50 },
      new RangeError(
        'Expected `capacity` to be at most 18014398509481 with leak 2 per 1000 ms (products stay below 2^53), got 1125899906842624',
      ),
    ],
    [
      { capacity: 1, leak: 2, per: '9ms' },
      new RangeError(
        'Expected `capacity` to be at least 2 with leak 2 per 9 ms, got 1: on a clock of whole ms more than 1 % of that rate would be lost',
      ),
    ],
    [
      { leak: 2 ** 53 - 1, per: '7ms' },
      new RangeError(
        'Expected `leak` and `per` to reduce to a smaller fraction than 9007199254740991/7: no capacity carries it below 2^53',
      ),
    ],
  ])('%o', (wrong, error) => {
    const options = { capacity: 4, leak: 2, per: '1s', ...wrong } as LeakyBucketOptions
    expect(() => leakyBucket(options)).toThrow(error)
  })
})

describe('a decision that is taken back', () => {
  const limiterOn = (clock: { now: number }) =>
    createLimiter({ name: 'test', policy: twoASecond, store: memoryStore({ clock: () => clock.now }) })

  it('takes back only the last charge, because no turn is given twice', () => {
    const limiter = limiterOn({ now: 0 })
    const [first, second] = [limiter.consumeSync('ann'), limiter.consumeSync('ann')]
    expect(limiter.refundSync('ann', { of: first }).used).toBe(2)
    expect(limiter.refundSync('ann', { of: second }).used).toBe(1)
    expect(limiter.consumeSync('ann').delayMs).toBe(500)
  })
})
