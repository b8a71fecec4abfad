import { createLimiter, memoryStore } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rescale } from './debt.ts'
import { tokenBucket } from './token-bucket.ts'

const largest = BigInt(Number.MAX_SAFE_INTEGER)

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}

/** Whole numbers from 1 on of every size up to `max`, and those next to a power of two or to `max`. */
function upTo(max: number): fc.Arbitrary<number> {
  const bits = Math.floor(Math.log2(max))
  const within = (number: number): number => Math.min(max, Math.max(1, number))
  const nearPower = fc.tuple(fc.integer({ min: 0, max: bits }), fc.integer({ min: -3, max: 3 }))
  return fc.oneof(
    fc.integer({ min: 1, max }),
    fc.integer({ min: 0, max: bits }).chain((bit) => fc.integer({ min: 1, max: within(2 ** (bit + 1)) })),
    nearPower.map(([bit, off]) => within(2 ** bit + off)),
    fc.nat(5).map((off) => max - off),
  )
}

const safe = upTo(Number.MAX_SAFE_INTEGER)
const unit = upTo(2 ** 50)

describe('rescale', () => {
  it.each([
    [1000, 500, 500, 1000],
    [2500, 1000, 500, 5000],
    [2, 500, 3, 334],
    [1, 1, 1_000_000, 1],
    [Number.MAX_SAFE_INTEGER, 1, 2, 2 ** 52],
    [Number.MAX_SAFE_INTEGER, 3, 2, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, 2 ** 50, 1, Number.MAX_SAFE_INTEGER],
    [2 ** 50 - 1, 2 ** 50 - 1, 2 ** 50, 2 ** 50 - 1],
  ])('%i credits are, in credits of 1/%i instead of 1/%i, %i', (debt, unit, was, expected) => {
    expect(rescale(debt, unit, was)).toBe(expected)
  })

  it('is exact, rounded up, and at most 2^53 - 1', () => {
    fc.assert(
      fc.property(safe, unit, unit, (debt, unit, was) => {
        const exact = ceilDiv(BigInt(debt) * BigInt(unit), BigInt(was))
        expect(BigInt(rescale(debt, unit, was))).toBe(exact < largest ? exact : largest)
      }),
      { numRuns: 5000 },
    )
  })

  it('is exact where the result is as large as it may be', () => {
    // A result chosen first: the debt that gives it, and those next to that.
    fc.assert(
      fc.property(safe, unit, unit, fc.integer({ min: -1, max: 1 }), (result, unit, was, off) => {
        const debt = Number((BigInt(result) * BigInt(was)) / BigInt(unit)) + off
        fc.pre(Number.isSafeInteger(debt) && debt >= 1)
        const exact = ceilDiv(BigInt(debt) * BigInt(unit), BigInt(was))
        expect(BigInt(rescale(debt, unit, was))).toBe(exact < largest ? exact : largest)
      }),
      { numRuns: 5000 },
    )
  })
})

it('Math.ceil(a / b) and Math.floor(a / b) are exact for all safe integers', () => {
  // Products next to a multiple are where a quotient of doubles would round to the wrong side.
  const nextToMultiple = fc.tuple(safe, safe, fc.integer({ min: -1, max: 1 })).map(([a, b, off]): [number, number] => {
    const multiple = a - (a % b) + off
    return [Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, multiple)), b]
  })
  fc.assert(
    fc.property(fc.oneof(fc.tuple(safe, safe), nextToMultiple), ([a, b]) => {
      expect(BigInt(Math.ceil(a / b))).toBe(ceilDiv(BigInt(a), BigInt(b)))
      expect(BigInt(Math.floor(a / b))).toBe(BigInt(a) / BigInt(b))
    }),
    { numRuns: 10_000 },
  )
})

interface Rate {
  readonly capacity: number
  readonly refill: number
  readonly per: number
}

function bucketOf({ per, ...options }: Rate) {
  return tokenBucket({ ...options, per: `${per}ms` })
}

/** What the factory says against these parameters, if anything. */
function refusal(options: Rate): RangeError | undefined {
  try {
    bucketOf(options)
    return undefined
  } catch (error) {
    if (error instanceof RangeError) return error
    throw error
  }
}

/** The capacity that an error names, after these words. */
function named(error: RangeError | undefined, words: string): number | undefined {
  const [, digits] = new RegExp(`\`capacity\` to be ${words} (\\d+) `).exec(error?.message ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

const anyRate = fc.record({ capacity: safe, refill: safe, per: unit })

describe('what is accepted', () => {
  it('stays below 2^53: the largest capacity that an error names works, and one more does not', () => {
    fc.assert(
      fc.property(anyRate, (options) => {
        const most = named(refusal(options), 'at most')
        fc.pre(most !== undefined)
        const { ceiling, unit, parameters } = bucketOf({ ...options, capacity: most as number })
        const [, rate] = parameters as [number, number]
        expect(BigInt(ceiling)).toBe(BigInt(most as number) * BigInt(unit))
        expect(BigInt(ceiling) + BigInt(rate)).toBeLessThanOrEqual(largest)
        expect(named(refusal({ ...options, capacity: (most as number) + 1 }), 'at most')).toBe(most)
      }),
      { numRuns: 1000, examples: [[{ capacity: 2 ** 53 - 1, refill: 2 ** 53 - 2, per: 1 }]] },
    )
  })

  it('can be delivered: the least capacity that an error names works', () => {
    const fast = fc.record({ capacity: upTo(1000), refill: safe, per: upTo(100_000) })
    fc.assert(
      fc.property(fc.oneof(anyRate, fast), (options) => {
        const least = named(refusal(options), 'at least')
        fc.pre(least !== undefined)
        expect(refusal({ ...options, capacity: least as number })).toBeUndefined()
      }),
      { numRuns: 1000, examples: [[{ capacity: 1, refill: 2 ** 52 + 1, per: 1 }]] },
    )
  })

  it('is nothing when an error says that no capacity carries the rate', () => {
    fc.assert(
      fc.property(anyRate, safe, (options, capacity) => {
        fc.pre(refusal(options)?.message.includes('no capacity') === true)
        expect(refusal({ ...options, capacity })).toBeInstanceOf(RangeError)
      }),
      { numRuns: 1000, examples: [[{ capacity: 1, refill: 2 ** 52 + 1, per: 2 }, 2 ** 51 - 1]] },
    )
  })

  it('is exactly what delivers 99 % of the rate or more to one who asks each ms', () => {
    const small = fc.record({
      capacity: fc.integer({ min: 1, max: 4 }),
      refill: fc.integer({ min: 1, max: 600 }),
      per: fc.integer({ min: 1, max: 400 }),
    })
    fc.assert(
      fc.property(small, (options) => {
        const { admitted, ms } = greedy(options)
        const { refill, per } = options
        const enough = 100 * admitted * per >= 99 * refill * ms
        expect(refusal(options) === undefined).toBe(enough)
      }),
      { numRuns: 1000 },
    )
  })

  it('delivers what it promises to one who takes, each ms, all that is there', () => {
    const accepted = fc
      .record({
        capacity: fc.integer({ min: 1, max: 5 }),
        refill: fc.integer({ min: 1, max: 60 }),
        per: fc.integer({ min: 1, max: 60 }),
      })
      .filter((options) => refusal(options) === undefined)
    fc.assert(
      fc.property(accepted, (options) => {
        const { admitted, ms } = greedy(options)
        let now = 0
        const store = memoryStore({ clock: () => now })
        const limiter = createLimiter({ name: 'test', policy: bucketOf(options), store })
        limiter.consumeSync('ann', { cost: options.capacity })
        let taken = 0
        for (now = 1; now <= ms; now += 1) {
          const cost = limiter.peekSync('ann').remaining
          if (limiter.consumeSync('ann', { cost }).allowed) taken += cost
        }
        expect(taken).toBe(admitted)
        expect(100 * taken * options.per).toBeGreaterThanOrEqual(99 * options.refill * ms)
      }),
    )
  })
})

/** Takes all that is there, each ms, from empty until it is empty again to the last credit: then all repeats itself. */
function greedy({ capacity, refill, per }: Rate): { readonly admitted: number; readonly ms: number } {
  const ceiling = capacity * per
  let credits = 0
  let admitted = 0
  for (let ms = 1; ; ms += 1) {
    credits = Math.min(ceiling, credits + refill)
    admitted += Math.floor(credits / per)
    credits %= per
    if (credits === 0) return { admitted, ms }
  }
}
