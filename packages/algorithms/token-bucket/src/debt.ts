import { type Duration, expectPositiveInteger, type Policy, parseDuration, type Reading } from '@sluice/core'
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
  const endOf = (used: number, mark: number): number => Math.min(mark + Math.ceil(used / rate), lastDate)

  return {
    limit: capacity,
    ceiling,
    unit,
    parameters: [unit, rate],
    lua: debtLua,

    // Stored: the debt when it was last charged, when that was, and what its credits are (1/scale of a unit).
    load(reading, now) {
      const { used: stored, scale, mark: at } = reading
      if (stored === 0) return empty(reading, now)

      const redated = at - now > span
      const date = redated ? now : at
      // When the clock goes back by more than the span, the expiry moves with the date.
      if (redated) reading.expiresAt -= at - now
      let debt = stored
      let after = 0
      if (scale !== unit) ({ debt, after } = convert(stored, { unit, rate }, scale))
      const from = Math.min(date + after, lastDate)

      const ahead = from - now
      // Where the product passes 2^53, the debt, below that, has long been drained.
      const used = ahead > 0 ? debt : debt + ahead * rate
      if (used <= 0) return empty(reading, now)

      reading.used = used
      reading.mark = Math.max(from, now)
      const end = endOf(used, reading.mark)
      reading.stale = redated || end > reading.expiresAt
      // Only an expiry that slower options gave it is held on to.
      if (end >= reading.expiresAt) reading.expiresAt = 0
      if (reading.stale || after > 0) reading.rest = { stored, scale, date, loaded: used, after } satisfies StoredDebt
    },
    save(reading) {
      const { used, mark, rest } = reading
      // A debt keeps the expiry that slower options gave it.
      reading.expiresAt = Math.max(reading.expiresAt, endOf(used, mark))
      reading.rest = undefined
      const was = rest as StoredDebt | undefined
      if (was === undefined || (used !== was.loaded && was.after === 0)) {
        reading.scale = unit
        return
      }
      // Only charged debts are saved as they were converted: what was stored, in its own credits, is exact.
      reading.used = Math.min(was.stored + ((used - was.loaded) / unit) * was.scale, Number.MAX_SAFE_INTEGER)
      reading.mark = was.date
      reading.scale = was.scale
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

/** What was stored of a debt that is stale, or that passes 2^53 in the credits of its reader. */
interface StoredDebt {
  readonly stored: number
  readonly scale: number
  /** When the debt was `stored`; now, when it was re-dated. */
  readonly date: number
  /** `used` as it was loaded. */
  readonly loaded: number
  /** See `convert`. */
  readonly after: number
}

/** A date that no clock reaches, because clocks end at 2^52; as a distance from now it is well below 2^53. */
const lastDate = 2 ** 52 + 2 ** 51

function empty(reading: Reading, now: number): void {
  reading.used = 0
  reading.mark = now
  reading.expiresAt = 0
  reading.stale = false
}

/**
 * A debt in credits of 1/was, in credits of 1/unit, rounded up. One that passes 2^53 is told as what is left of it `after` as many
 * ms as the rest takes to drain: the same for all that is asked meanwhile, because even that is above any ceiling.
 */
export function convert(
  stored: number,
  { unit, rate }: { readonly unit: number; readonly rate: number },
  was: number,
): { readonly debt: number; readonly after: number } {
  const debt = rescale(stored, unit, was)
  if (debt < Number.MAX_SAFE_INTEGER) return { debt, after: 0 }

  const whole = Math.floor(stored / was)
  const part = rescale(stored - whole * was, unit, was)
  const ms = multiplyDivide(whole, unit, rate)
  const least = ms.remainder + part
  const within = Math.floor((Number.MAX_SAFE_INTEGER - least) / rate)
  return { debt: within * rate + least, after: Math.max(0, ms.quotient - within) }
}

/** ⌈debt · unit / was⌉, exact, at most 2^53 - 1: a debt in credits of 1/was, in credits of 1/unit. */
export function rescale(debt: number, unit: number, was: number): number {
  const { quotient, remainder } = multiplyDivide(debt, unit, was)
  return Math.min(quotient + (remainder > 0 ? 1 : 0), Number.MAX_SAFE_INTEGER)
}

/**
 * a · b / c for b up to 2^50, where a · b may pass 2^53: b is multiplied bit by bit, and no sum passes c. The quotient is exact below
 * 2^53, the remainder everywhere.
 */
function multiplyDivide(a: number, b: number, c: number): { readonly quotient: number; readonly remainder: number } {
  const whole = Math.floor(a / c)
  const part = a - whole * c
  let quotient = 0
  let remainder = 0
  let digits = b
  for (let bit = 2 ** 50; bit >= 1; bit /= 2) {
    quotient *= 2
    const carries = remainder >= c - remainder
    remainder = carries ? remainder - (c - remainder) : remainder + remainder
    if (carries) quotient += 1
    if (digits < bit) continue
    digits -= bit
    quotient += whole
    const passes = remainder >= c - part
    remainder = passes ? remainder - (c - part) : remainder + part
    if (passes) quotient += 1
  }
  return { quotient, remainder }
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
