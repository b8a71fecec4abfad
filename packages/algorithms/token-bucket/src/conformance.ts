import { ceilDiv, type Model, type Subject } from '@sluice/testkit'
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

  return {
    limit: BigInt(capacity),
    shapes,
    at(state, now) {
      if (state === undefined) return { state, redated: false }
      let debt = ceilDiv(state.debt * p, state.creditsPerUnit)
      if (debt > 2n ** 53n - 1n) debt = 2n ** 53n - 1n
      const redated = state.at > now + span
      const at = redated ? now : state.at
      if (at < now) debt -= n * (now - at)
      if (debt <= 0n) return { state: undefined, redated: false }
      return { state: { debt, creditsPerUnit: p, at: later(at, now) }, redated }
    },
    remaining(state) {
      const free = cap - (state?.debt ?? 0n)
      return free > 0n ? free / p : 0n
    },
    fits: (state, cost) => (state?.debt ?? 0n) + cost * p <= cap,
    take: (state, cost, now) => ({ debt: (state?.debt ?? 0n) + cost * p, creditsPerUnit: p, at: state?.at ?? now }),
    giveBack(state, cost) {
      const debt = state.debt - cost * p
      return debt > 0n ? { ...state, debt } : undefined
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

/** Rates that the factories accept: plain ones, primes, fast and slow ones, and products close to 2^53. */
export const rates: fc.Arbitrary<Rate> = fc
  .record({
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
  .filter(isAccepted)

function isAccepted(rate: Rate): boolean {
  const { capacity, amount, perMs } = rate
  try {
    tokenBucket({ capacity, refill: amount, per: perMs })
    // Some 500 years: a history of many such spans still ends before the last date a clock may say.
    return timeToFull(rate) <= 2 ** 44
  } catch {
    return false
  }
}

/** A capacity with which a rate is deliverable on a clock of whole ms. */
export function deliverable({ amount, perMs }: Rate, capacity: number): number {
  const { n, p } = reduced(amount, perMs)
  return Math.max(capacity, Number(ceilDiv(n - 1n, p)) + 1)
}

/** At least as generous as both. */
export function largerRate(a: Rate, b: Rate): Rate {
  const faster = a.amount * b.perMs >= b.amount * a.perMs ? a : b
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

const options = ({ capacity, amount, perMs }: Rate): TokenBucketOptions => ({ capacity, refill: amount, per: perMs })

/** Token bucket, ready to be certified. */
export const subject: Subject<Rate> = {
  name: 'token-bucket',
  options: rates,
  changed: () => rates,
  resized: (rate, limit) => ({ ...rate, capacity: deliverable(rate, limit) }),
  policy: (rate) => tokenBucket(options(rate)),
  model: (rate) => debtModel(rate, false),
  span: timeToFull,
  envelope: debtEnvelope,
  reversedEnvelope: debtEnvelope,
  larger: largerRate,
}
