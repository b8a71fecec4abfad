import type { PastCharge, Policy, Reading } from '@sluice/core'
import { longestDuration } from '@sluice/core/internal'
import { debtGiveBackLua, debtLua } from './debt.lua.ts'
import { expectRate, type RateOptions } from './rate.ts'

/**
 * The machine that token bucket and leaky bucket share: a debt that each admitted cost raises, up to `capacity`, and that
 * drains by `amount` each `per`. The rate is the reduced fraction rate/unit, so a credit (1/unit of a cost of 1) is whole
 * and nothing is ever rounded away: `rate` credits drain each ms.
 */
export function debtPolicy(options: RateOptions): Omit<Policy, 'algorithm' | 'format' | 'delay'> {
  const { capacity } = options
  const { rate, unit } = expectRate(options)
  const ceiling = capacity * unit

  return {
    limit: capacity,
    window: Math.ceil(ceiling / rate),
    ceiling,
    unit,
    // A charge makes no debt that drains for longer than any window lasts, and adds nothing to one that passes 2^53: see `convert`.
    mostUsed: Math.max(ceiling, Math.min(rate * longestDuration, Number.MAX_SAFE_INTEGER - rate)),
    counts: true,
    parameters: [unit, rate],
    lua: debtLua,
    giveBackLua: debtGiveBackLua,

    load: (reading, now) => load(reading, now, ceiling, unit, rate),
    save: (reading) => save(reading, unit, rate),
    giveBack: (reading, credits, now, charge) => giveBack(reading, credits, now, charge, unit, rate),
    // (cost * unit - ceiling) comes first: it is not positive, so no sum passes 2^53.
    retryAfter: ({ used, mark }, cost, now) => mark - now + Math.ceil((cost * unit - ceiling + used) / rate),
    resetAfter: (used, mark, now) => mark - now + Math.ceil(used / rate),
  }
}

/** The `rest` of an unusual reading: what is stored. */
interface StoredDebt {
  readonly debt: number
  readonly scale: number
  /** When the debt was so; now, when it was re-dated. */
  readonly date: number
  /** `used` as it was loaded. */
  readonly loaded: number
  /** See `convert`. */
  readonly after: number
}

/** A date that no clock reaches, because clocks end at 2^52; as a distance from now it is well below 2^53. */
const lastDate = 2 ** 52 + 2 ** 51

/** Back to nothing owed. What was counted holds until the expiry. */
function clear(reading: Reading, now: number) {
  reading.used = 0
  reading.mark = now
  reading.stale = false
}

// From here on the Lua twin has the same functions, in the same order.

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
    if (remainder >= c - remainder) {
      quotient += 1
      remainder -= c - remainder
    } else {
      remainder += remainder
    }
    if (digits >= bit) {
      digits -= bit
      quotient += whole
      if (remainder >= c - part) {
        quotient += 1
        remainder -= c - part
      } else {
        remainder += part
      }
    }
  }
  return { quotient, remainder }
}

/** ⌈debt · unit / scale⌉, exact, at most 2^53 - 1: a debt in credits of 1/scale, in credits of 1/unit. */
export function rescale(debt: number, unit: number, scale: number): number {
  const { quotient, remainder } = multiplyDivide(debt, unit, scale)
  return Math.min(quotient + (remainder > 0 ? 1 : 0), Number.MAX_SAFE_INTEGER)
}

interface Converted {
  readonly used: number
  readonly after: number
}

/**
 * A debt in credits of 1/scale, in credits of 1/unit, rounded up. One that passes 2^53 is given as what is left of it `after` as many
 * ms as the rest takes to drain: the same for all that is asked meanwhile, because even that is above any ceiling.
 */
function convert(debt: number, scale: number, unit: number, rate: number): Converted {
  const used = rescale(debt, unit, scale)
  if (used < Number.MAX_SAFE_INTEGER) return { used, after: 0 }

  const whole = Math.floor(debt / scale)
  const { quotient: ms, remainder } = multiplyDivide(whole, unit, rate)
  const least = remainder + rescale(debt - whole * scale, unit, scale)
  const within = Math.floor((Number.MAX_SAFE_INTEGER - least) / rate)
  return { used: within * rate + least, after: Math.max(0, ms - within) }
}

/** Loads a debt that is ahead of the clock, in other credits, or that counts past its stored expiry. */
function loadUnusual(reading: Reading, now: number, ceiling: number, unit: number, rate: number) {
  const { used: debt, scale } = reading
  let date = reading.mark
  const redated = date - now > Math.ceil(ceiling / rate)
  if (redated) {
    // The expiry moves with the date.
    reading.expiresAt -= date - now
    date = now
  }
  let used = debt
  let after = 0
  if (scale !== unit) ({ used, after } = convert(debt, scale, unit, rate))

  let mark = Math.min(date + after, lastDate)
  if (mark <= now) {
    used += (mark - now) * rate
    mark = now
    after = 0
  }
  if (used <= 0) return clear(reading, now)

  const ends = Math.min(mark + Math.ceil(used / rate), lastDate)
  reading.used = used
  reading.mark = mark
  reading.stale = redated || ends > reading.expiresAt
  if (reading.stale || after > 0) reading.rest = { debt, scale, date, loaded: used, after } satisfies StoredDebt
  // Only an expiry that slower options gave it is held on to.
  if (ends >= reading.expiresAt) reading.expiresAt = 0
}

/** Only charged debts are saved as they were converted: what was stored, in its own credits, is exact. */
function saveUnusual(reading: Reading, { debt, scale, date, loaded, after }: StoredDebt, unit: number) {
  reading.rest = undefined
  if (reading.used !== loaded && after === 0) return
  reading.used = Math.min(debt + ((reading.used - loaded) / unit) * scale, Number.MAX_SAFE_INTEGER)
  reading.scale = scale
  reading.mark = date
}

// The usual path stands by itself, because V8 inlines only short functions.
function load(reading: Reading, now: number, ceiling: number, unit: number, rate: number) {
  const date = reading.mark
  if (reading.expiresAt === 0) return clear(reading, now)
  if (date > now || reading.scale !== unit) return loadUnusual(reading, now, ceiling, unit, rate)

  // Where the product passes 2^53, the debt, below that, has long been drained.
  const used = reading.used + (date - now) * rate
  if (used <= 0) return clear(reading, now)
  if (used > (reading.expiresAt - now) * rate) return loadUnusual(reading, now, ceiling, unit, rate)

  reading.used = used
  reading.mark = now
  reading.stale = false
  // Only an expiry that slower options gave it is held on to.
  if (used > (reading.expiresAt - now - 1) * rate) reading.expiresAt = 0
}

function save(reading: Reading, unit: number, rate: number) {
  // A debt keeps the expiry that slower options gave it.
  const ends = Math.min(reading.mark + Math.ceil(reading.used / rate), lastDate)
  reading.expiresAt = Math.max(reading.expiresAt, ends)
  reading.scale = unit
  if (reading.rest !== undefined) saveUnusual(reading, reading.rest as StoredDebt, unit)
}

/**
 * Of a charge at most the debt that stands less all that was charged since, whatever was given back meanwhile. The debt keeps its
 * expiry, so all that is left of a charge has drained before what was counted is forgotten.
 */
function giveBack(
  reading: Reading,
  credits: number,
  now: number,
  charge: PastCharge | undefined,
  unit: number,
  rate: number,
) {
  const { used, mark, counted } = reading
  const isWhole = reading.rest === undefined || (reading.rest as StoredDebt).after === 0
  const since = charge === undefined ? 0 : counted - charge.counted
  if (charge !== undefined && (charge.counted < 0 || since < 0 || now >= charge.ends)) return
  // Of a debt that passes 2^53, some is left in any case.
  let given = Math.min(credits, used - since * unit, isWhole ? used : used - 1)
  // A debt in other credits is charged and given back by whole units.
  if (given < used) given = Math.floor(given / unit) * unit
  if (given <= 0) return
  reading.expiresAt = Math.max(reading.expiresAt, Math.min(mark + Math.ceil(used / rate), lastDate))
  reading.used = used - given
}
