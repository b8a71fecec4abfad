/**
 * What an algorithm is, said once more: from its specification, in BigInt, without a thought for speed, and without a line
 * shared with the code it is held against. A state is of one key; `undefined` is the state in which nothing counts.
 */
export interface Model<State = unknown> {
  readonly limit: bigint
  /** How a stored state reads at `now`. */
  at(stored: State | undefined, now: bigint): ModelReading<State>
  /** The next three are asked only of a state as it reads at `now`. */
  used(state: State | undefined, now: bigint): bigint
  remaining(state: State | undefined, now: bigint): bigint
  fits(state: State | undefined, cost: bigint, now: bigint): boolean
  /**
   * Charges what fits, or past the quota as much as numbers below 2^53 carry; `until` is when what is stored counts for nothing,
   * whatever the options.
   */
  take(reading: ModelReading<State>, cost: bigint, now: bigint, until: bigint): State | undefined
  giveBack(reading: ModelReading<State>, cost: bigint, now: bigint): State | undefined
  /** Whether a state keeps its expiry when something is given back: see `counts` of a policy. Default false. */
  readonly outlivesRefunds?: boolean
  /** Whether who is admitted waits for what was admitted before to flow out. */
  readonly shapes: boolean
}

/** A stored state, as it reads at one instant. */
export interface ModelReading<State = unknown> {
  /** What counts. */
  readonly state: State | undefined
  /** What stays stored when nothing is charged: under other options, more may count. */
  readonly stored: State | undefined
  /** By how many ms it was moved back, because it lay too far ahead of the clock. */
  readonly movedBy: bigint
}

/** The last date that a clock may say. */
export const lastDate: bigint = 2n ** 52n

/** Later than any date plus the longest window: what counts until then, or for longer, counts for ever. */
export const forever: bigint = 2n ** 52n + 2n ** 51n

/**
 * The least number of ms, from now, after which the condition holds: found by looking, since that is what the numbers in a
 * decision promise. The condition, once true, must stay true.
 */
export function leastWait(holds: (ms: bigint) => boolean): bigint {
  if (holds(0n)) return 0n
  let below = 0n
  let above = 1n
  while (!holds(above)) {
    below = above
    above *= 2n
    if (above > 2n ** 128n) throw new RangeError('Expected the condition to hold within 2^128 ms')
  }
  while (above - below > 1n) {
    const middle = (below + above) / 2n
    if (holds(middle)) above = middle
    else below = middle
  }
  return above
}

/** The largest number that is stored: 2^53 - 1. */
export const largest: bigint = 2n ** 53n - 1n

/** The lesser of two. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** ⌈a / b⌉ for non-negative a and positive b. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}
