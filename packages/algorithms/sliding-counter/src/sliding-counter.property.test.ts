import { createLimiter, type Decision, memoryStore } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leftAt, shareOf, slidingCounter } from './sliding-counter.ts'

/** Whole numbers of every size up to `max`, and those next to it or to a power of two. */
function upTo(max: number): fc.Arbitrary<number> {
  const bits = Math.floor(Math.log2(max))
  const within = (number: number): number => Math.min(max, Math.max(1, number))
  return fc.oneof(
    fc.integer({ min: 1, max }),
    fc.integer({ min: 0, max: bits }).chain((bit) => fc.integer({ min: 1, max: within(2 ** (bit + 1)) })),
    fc
      .tuple(fc.integer({ min: 0, max: bits }), fc.integer({ min: -3, max: 3 }))
      .map(([bit, off]) => within(2 ** bit + off)),
    fc.nat(5).map((off) => within(max - off)),
  )
}

const count = upTo(Number.MAX_SAFE_INTEGER)
const length = upTo(2 ** 50)

it('a share is what BigInt makes of it', () => {
  const left = length.chain((all) => fc.tuple(fc.constant(all), fc.oneof(upTo(all), fc.constant(0))))
  const property = fc.property(count, left, (count, [length, left]) => {
    const exact = (BigInt(count) * BigInt(left) + BigInt(length) - 1n) / BigInt(length)
    expect(BigInt(shareOf(count, left, length))).toBe(exact)
  })
  fc.assert(property, { numRuns: 5000 })
})

it('the time to wait for a share is what BigInt makes of it', () => {
  const room = count.chain((all) => fc.tuple(fc.constant(all), fc.oneof(upTo(all), fc.constant(0))))
  const property = fc.property(room, length, ([count, room], length) => {
    fc.pre(room < count)
    const exact = (BigInt(room) * BigInt(length)) / BigInt(count)
    expect(BigInt(leftAt(room, count, length))).toBe(exact)
  })
  // 1 / 49 * 49 is less than 1.
  fc.assert(property, { numRuns: 5000, examples: [[[49, 1], 49]] })
})

/** A clock that only goes forward, and decisions of which some are taken back later, in whole or in part. */
const steps = fc.array(
  fc.record({
    elapsed: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(40)),
    cost: fc.integer({ min: 1, max: 6 }),
    /** How much of it will be taken back, and after how many more steps. */
    part: fc.constantFrom(0, 0, 0.5, 1),
    after: fc.nat(6),
  }),
  { minLength: 1, maxLength: 30, size: 'max' },
)

// Charges, because a consume may be refused for what is taken back only later.
it('what is taken back is as if it had never been charged, in any order, however late', () => {
  const property = fc.property(fc.integer({ min: 1, max: 30 }), steps, (window, steps) => {
    const time = { now: 1000 }
    const store = memoryStore({ clock: () => time.now })
    const policy = slidingCounter({ limit: 20, window: `${window}ms` })
    const limiter = createLimiter({ name: 'real', policy, store })
    const plain = createLimiter({ name: 'plain', policy, store })
    const due: { of: Decision; cost: number; step: number }[] = []
    for (const [i, { elapsed, cost, part, after }] of steps.entries()) {
      time.now += elapsed
      const asked = Math.floor(cost * part)
      const of = limiter.chargeSync('ann', { cost })
      due.push({ of, cost: asked, step: i + after })
      plain.chargeSync('ann', { cost: cost - asked })
      for (const one of due)
        if (one.step === i && one.cost > 0) limiter.refundSync('ann', { of: one.of, cost: one.cost })
    }
    const open = due.filter(({ cost, step }) => cost > 0 && step >= steps.length)
    for (const { of, cost } of open) limiter.refundSync('ann', { of, cost })
    for (let ms = 0; ms <= 2 * window; ms += 1) {
      time.now += 1
      expect(limiter.peekSync('ann')).toEqual(plain.peekSync('ann'))
    }
  })
  fc.assert(property, { numRuns: 500 })
})
