import { ceilDiv, largest, least, type Model, type Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { slidingCounter } from './sliding-counter.ts'

interface Options {
  readonly limit: number
  /** In ms. */
  readonly window: number
}

/** What was counted from a date on, until another. */
interface Counted {
  readonly from: bigint
  readonly to: bigint
  readonly count: bigint
}

/** The window that counted last, and the one before it, if that counted anything. */
interface CounterState {
  readonly last: Counted
  readonly before: Counted | undefined
}

/** Sliding counter as its specification has it: windows, each of which counts in full until it ends, and then less and less. */
function counterModel({ limit, window }: Options): Model<CounterState> {
  const length = BigInt(window)
  const max = BigInt(limit)
  const lengthOf = ({ from, to }: Counted): bigint => to - from
  /** What is left of a window that ended, and that goes in so many ms. */
  const leftOf = ({ to, count }: Counted, inMs: bigint, now: bigint): bigint => {
    const gone = now > to ? now - to : 0n
    return gone < inMs ? ceilDiv(count * (inMs - gone), inMs) : 0n
  }
  const usedOf = (state: CounterState | undefined, now: bigint): bigint => {
    if (state === undefined) return 0n
    const { last, before } = state
    if (last.to <= now) return leftOf(last, length, now)
    return least(last.count + (before === undefined ? 0n : leftOf(before, lengthOf(last), now)), largest)
  }
  /** The longer of the two windows, from the same start. */
  const atLeast = (one: Counted): Counted => (lengthOf(one) < length ? { ...one, to: one.from + length } : one)
  const movedBack = (one: Counted, ms: bigint): Counted => ({ ...one, from: one.from - ms, to: one.to - ms })
  const withLast = (state: CounterState, count: bigint): CounterState | undefined => {
    if (count > 0n) return { ...state, last: { ...state.last, count } }
    return state.before && { last: state.before, before: undefined }
  }

  return {
    limit: max,
    shapes: false,
    at(state, now) {
      if (state === undefined) return { state: undefined, stored: undefined, movedBy: 0n }
      const last = atLeast(state.last)
      const movedBy = last.to - now > 2n * lengthOf(last) ? last.from - now : 0n
      const read = { last: movedBack(last, movedBy), before: state.before && movedBack(state.before, movedBy) }
      return { state: usedOf(read, now) === 0n ? undefined : read, stored: read, movedBy }
    },
    used: usedOf,
    remaining(state, now) {
      const left = max - usedOf(state, now)
      return left > 0n ? left : 0n
    },
    fits: (state, cost, now) => usedOf(state, now) + cost <= max,
    take({ state }, cost, now) {
      const added = least(cost, largest - usedOf(state, now))
      if (added <= 0n) return state
      if (state !== undefined && now < state.last.to) return withLast(state, state.last.count + added)
      const from = state?.last.to ?? now - (now % length)
      return { last: { from, to: from + length, count: added }, before: state?.last }
    },
    giveBack({ state }, cost, now) {
      if (state === undefined || cost >= usedOf(state, now)) return undefined
      const { last, before } = state
      if (cost < last.count) return withLast(state, last.count - cost)
      const older = last.to <= now || before === undefined ? 0n : before.count - (cost - last.count)
      return older > 0n ? { last: { ...(before as Counted), count: older }, before: undefined } : undefined
    },
  }
}

// Never drawn: nothing that the factory accepts.
const options: fc.Arbitrary<Options> = fc.record({
  limit: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(100, 1000, 999_983) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 52, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER) },
  ),
  window: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 10, 60, 97, 1000, 1001, 60_000, 3_600_000) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 50 - 1, 2 ** 50) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 50 }) },
  ),
})

/** At most limit * (1 + τ/W): no more than the limit is used, and of it no more than limit/W goes in a ms. */
function envelope({ limit, window }: Options, elapsed: bigint): bigint {
  return BigInt(limit) + (BigInt(limit) * elapsed) / BigInt(window)
}

/** Sliding counter, ready for the laws. */
export const subject: Subject<Options> = {
  name: 'sliding-counter',
  options,
  quota: (limit, window) => ({ limit, window }),
  changed: () => options,
  resized: (given, limit) => ({ ...given, limit }),
  policy: ({ limit, window }) => slidingCounter({ limit, window: `${window}ms` }),
  model: counterModel,
  // What a window has counted is gone a window after its end.
  span: ({ window }) => 2 * window,
  envelope,
  reversedEnvelope: envelope,
  larger: (a, b) => ({ limit: Math.max(a.limit, b.limit), window: Math.min(a.window, b.window) }),
}
