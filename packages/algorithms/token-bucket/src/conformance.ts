import { ceilDiv, largest, least, type Model, type Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { type TokenBucketOptions, tokenBucket } from './token-bucket.ts'

/** A rate and a capacity, under any option names. */
export interface Rate {
  readonly capacity: number
  readonly amount: number
  readonly perMs: number
}

interface DebtState {
  readonly debt: bigint
  readonly creditsPerUnit: bigint
  readonly at: bigint
}

/** A debt as the specification has it: credits of 1/p, n of them drain each ms (n/p the reduced rate). */
export function debtModel({ capacity, amount, perMs }: Rate, shapes: Model['shapes']): Model<DebtState> {
  const { n, p } = reduced(amount, perMs)
  const cap = BigInt(capacity) * p
  const span = ceilDiv(cap, n)
  const most = later(cap, least(n * 2n ** 50n, largest - n))

  return {
    limit: BigInt(capacity),
    shapes,
    outlivesRefunds: true,
    at(state, now) {
      if (state === undefined) return { state, stored: state, movedBy: 0n }
      let debt = ceilDiv(state.debt * p, state.creditsPerUnit)
      const movedBy = state.at > now + span ? state.at - now : 0n
      const at = state.at - movedBy
      if (at < now) debt -= n * (now - at)
      // What has drained is kept until its expiry.
      if (debt <= 0n) return { state: undefined, stored: { ...state, debt: 0n, at }, movedBy }
      return { state: { debt, creditsPerUnit: p, at: later(at, now) }, stored: { ...state, at }, movedBy }
    },
    used: (state) => ceilDiv(state?.debt ?? 0n, p),
    remaining(state) {
      const free = cap - (state?.debt ?? 0n)
      return free > 0n ? free / p : 0n
    },
    fits: (state, cost) => (state?.debt ?? 0n) + cost * p <= cap,
    take({ state, stored }, cost, now) {
      const debt = state?.debt ?? 0n
      const added = least(cost * p, most - debt)
      if (added <= 0n) return stored
      return { debt: debt + added, creditsPerUnit: p, at: state?.at ?? now }
    },
    giveBack({ state, stored }, cost) {
      if (state === undefined || stored === undefined) return undefined
      // What passes 2^53 in these credits stays in those it was stored in.
      const [from, unit] = state.debt <= largest ? [state, p] : [stored, stored.creditsPerUnit]
      const debt = later(0n, from.debt - cost * unit)
      return { ...from, debt }
    },
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** The most that may be admitted within `elapsed` ms: ⌊C + n·τ/p⌋. */
export function debtEnvelope({ capacity, amount, perMs }: Rate, elapsed: bigint): bigint {
  return BigInt(capacity) + (BigInt(amount) * elapsed) / BigInt(perMs)
}

const plainRates: fc.Arbitrary<Rate> = fc.record({
  capacity: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(100, 999_983, 1_000_000) },
  ),
  amount: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(100, 999_983) },
  ),
  perMs: fc.constantFrom(1, 7, 9, 10, 100, 1000, 1009, 60_000, 3_600_000, 86_400_000, 2_592_000_000),
})

/** Whole numbers of every size up to `max`, and those next to it. */
function upTo(max: number): fc.Arbitrary<number> {
  const sized = fc.double({ min: 0, max: Math.log2(max), noNaN: true }).map((bits) => Math.floor(2 ** bits))
  return fc.oneof(
    { weight: 4, arbitrary: sized.map((number) => Math.min(Math.max(number, 1), max)) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map((off) => max - off) },
  )
}

/** Rates of any size, with the least capacity, the largest, and some in between. */
const edgeRates: fc.Arbitrary<Rate> = fc
  .tuple(
    upTo(Number.MAX_SAFE_INTEGER),
    upTo(2 ** 50),
    fc.constantFrom(0, 1, 2),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([amount, perMs, off, share]) => {
    const most = largestCapacity({ amount, perMs })
    const near = share < 0.3 ? 1 + off : share < 0.7 ? most - off : Math.floor(most * share)
    return { capacity: Math.max(near, 1), amount, perMs }
  })

/**
 * Rates that the factories accept: plain ones, primes, fast and slow ones, those that take longest, and those whose products are close
 * to 2^53. Never drawn: nothing that they accept.
 */
export const rates: fc.Arbitrary<Rate> = fc
  .oneof({ weight: 4, arbitrary: plainRates }, { weight: 1, arbitrary: edgeRates })
  .filter(isAccepted)

function isAccepted({ capacity, amount, perMs }: Rate): boolean {
  try {
    tokenBucket({ capacity, refill: amount, per: `${perMs}ms` })
    return true
  } catch {
    return false
  }
}

function largestCapacity({ amount, perMs }: Pick<Rate, 'amount' | 'perMs'>): number {
  const { n, p } = reduced(amount, perMs)
  return Number((largest - n) / p)
}

/** A capacity with which a rate is deliverable on a clock of whole ms, and products stay below 2^53. */
export function deliverable(rate: Rate, capacity: number): number {
  const { n, p } = reduced(rate.amount, rate.perMs)
  return Math.min(Math.max(capacity, Number(ceilDiv(n - 1n, p)) + 1), largestCapacity(rate))
}

/** As many units at once as come back within `ms`. */
export function quotaRate(limit: number, ms: number): Rate {
  const rate = { capacity: limit, amount: limit, perMs: ms }
  return { ...rate, capacity: deliverable(rate, limit) }
}

/** At least as generous as both. */
export function largerRate(a: Rate, b: Rate): Rate {
  const faster = BigInt(a.amount) * BigInt(b.perMs) >= BigInt(b.amount) * BigInt(a.perMs) ? a : b
  return { ...faster, capacity: Math.max(a.capacity, b.capacity) }
}

/** The time to full, in ms. */
export function timeToFull({ capacity, amount, perMs }: Rate): number {
  const { n, p } = reduced(amount, perMs)
  return Number(ceilDiv(BigInt(capacity) * p, n))
}

function reduced(amount: number, perMs: number): { n: bigint; p: bigint } {
  let [a, b] = [amount, perMs]
  while (b > 0) [a, b] = [b, a % b]
  return { n: BigInt(amount / a), p: BigInt(perMs / a) }
}

const options = ({ capacity, amount, perMs }: Rate): TokenBucketOptions => ({
  capacity,
  refill: amount,
  per: `${perMs}ms`,
})

/** Token bucket, ready to be certified. */
export const subject: Subject<Rate> = {
  name: 'token-bucket',
  options: rates,
  quota: quotaRate,
  changed: () => rates,
  resized: (rate, limit) => ({ ...rate, capacity: deliverable(rate, limit) }),
  policy: (rate) => tokenBucket(options(rate)),
  model: (rate) => debtModel(rate, false),
  span: timeToFull,
  envelope: debtEnvelope,
  reversedEnvelope: debtEnvelope,
  larger: largerRate,
}
