import { type Duration, expectPositiveInteger, type Policy, parseDuration } from '@sluice/core'
import { debtLua } from './debt.lua.ts'

/** How fast a debt drains, and how large it may grow; `names` are what errors call the options. */
export interface DebtOptions {
  readonly capacity: number
  readonly amount: number
  readonly per: Duration
  readonly names: { readonly amount: string }
}

/**
 * The machine that token bucket and leaky bucket share: a debt that each admitted cost raises, up to `capacity`, and that
 * drains by `amount` each `per`. The rate is the reduced fraction rate/unit, so a credit (1/unit of a cost of 1) is whole
 * and nothing is ever rounded away: `rate` credits drain each ms.
 */
export function debtPolicy(options: DebtOptions): Omit<Policy, 'algorithm' | 'format' | 'delay'> {
  const { capacity, rate, unit } = expectRate(options)
  const ceiling = capacity * unit
  const span = Math.ceil(ceiling / rate)

  return {
    limit: capacity,
    ceiling,
    unit,
    parameters: [unit, rate],
    lua: debtLua,

    // Stored: the debt when it was last charged, when that was, and what its credits are (1/scale of a unit).
    load(reading, now) {
      if (reading.used === 0) {
        reading.mark = now
        reading.stale = false
        return
      }

      const debt = reading.scale === unit ? reading.used : rescale(reading.used, unit, reading.scale)
      const ahead = reading.mark - now
      if (ahead > span) {
        reading.used = debt
        reading.mark = now
        reading.stale = true
        return
      }

      const mark = Math.max(reading.mark, now)
      // Where the product passes 2^53, the debt, below that, has long been drained.
      const used = ahead > 0 ? debt : Math.max(0, debt + ahead * rate)
      reading.used = used
      reading.mark = mark
      reading.stale = mark + Math.ceil(used / rate) > reading.expiresAt
    },
    save(reading) {
      reading.scale = unit
      reading.expiresAt = reading.mark + Math.ceil(reading.used / rate)
    },
    // (cost * unit - ceiling) comes first: it is not positive, so no sum passes 2^53.
    retryAfter({ used, mark }, cost, now) {
      return mark - now + Math.ceil((cost * unit - ceiling + used) / rate)
    },
    resetAfter(used, mark, now) {
      return mark - now + Math.ceil(used / rate)
    },
  }
}

/**
 * ⌈debt · unit / was⌉, exact, at most 2^53 - 1: a debt in credits of 1/was, in credits of 1/unit. The rest of the
 * division is multiplied bit by bit, because rest · unit may pass 2^53.
 */
export function rescale(debt: number, unit: number, was: number): number {
  const whole = Math.floor(debt / was)
  const rest = debt - whole * was
  let quotient = 0
  let remainder = 0
  let digits = unit
  for (let bit = 2 ** 50; bit >= 1; bit /= 2) {
    quotient *= 2
    remainder *= 2
    if (digits >= bit) {
      digits -= bit
      remainder += rest
    }
    while (remainder >= was) {
      remainder -= was
      quotient += 1
    }
  }
  return Math.min(whole * unit + quotient + (remainder > 0 ? 1 : 0), Number.MAX_SAFE_INTEGER)
}

function expectRate({ capacity, amount, per, names }: DebtOptions): { capacity: number; rate: number; unit: number } {
  expectPositiveInteger('capacity', capacity)
  expectPositiveInteger(names.amount, amount)
  const perMs = parseDuration('per', per)
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
  return { capacity, rate, unit }
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
