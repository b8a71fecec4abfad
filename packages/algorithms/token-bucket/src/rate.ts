import { type DurationText, parseDurationText } from '@sluice/core'
import { expectPositiveInteger } from '@sluice/core/internal'

/** How fast a debt drains, and how large it may grow; `names` are what errors call the options. */
export interface RateOptions {
  readonly capacity: number
  readonly amount: number
  readonly per: DurationText
  readonly names: { readonly amount: string }
}

/** The reduced fraction rate/unit: `rate` credits drain each ms, and a cost of 1 is `unit` credits. */
export interface Rate {
  readonly rate: number
  readonly unit: number
}

/** The rate of a capacity's options; throws a `RangeError` where whole ms or numbers below 2^53 cannot carry it. */
export function expectRate({ capacity, amount, per, names }: RateOptions): Rate {
  expectPositiveInteger('capacity', capacity)
  expectPositiveInteger(names.amount, amount)
  const perMs = parseDurationText('per', per)
  const divisor = greatestCommonDivisor(amount, perMs)
  const rate = amount / divisor
  const unit = perMs / divisor
  const stated = `${names.amount} ${amount} per ${perMs} ms`

  const largest = Math.floor((Number.MAX_SAFE_INTEGER - rate) / unit)
  // Where no capacity carries the whole rate, the largest may still carry all but 1 % of it.
  const least = Math.min(leastCapacity(rate, unit), largest)
  if (largest < 1 || isLossy(largest, rate, unit)) {
    throw new RangeError(
      `Expected \`${names.amount}\` and \`per\` to reduce to a smaller fraction than ${rate}/${unit}: no capacity carries it below 2^53`,
    )
  }
  if (capacity > largest) {
    throw new RangeError(
      `Expected \`capacity\` to be at most ${largest} with ${stated} (products stay below 2^53), got ${capacity}`,
    )
  }
  if (isLossy(capacity, rate, unit)) {
    throw new RangeError(
      `Expected \`capacity\` to be at least ${least} with ${stated}, got ${capacity}: on a clock of whole ms more than 1 % of that rate would be lost`,
    )
  }
  return { rate, unit }
}

/** With this capacity nothing of the rate is lost on a clock of whole ms: ⌈(n - 1) / p⌉ + 1. */
function leastCapacity(rate: number, unit: number): number {
  return Math.ceil((rate - 1) / unit) + 1
}

/**
 * Whether more than 1 % of the rate is lost because the bucket fills within a ms and overflows before it can be asked
 * again. Found by playing greedy: once in `ticks` ms it overflows, and `ticks * (capacity - 1) + 1` get through.
 */
function isLossy(capacity: number, rate: number, unit: number): boolean {
  if (capacity >= leastCapacity(rate, unit)) return false
  const ticks = Math.ceil(unit / (rate - (capacity - 1) * unit))
  return ((ticks * (capacity - 1) + 1) * unit) / (ticks * rate) < 0.99
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
