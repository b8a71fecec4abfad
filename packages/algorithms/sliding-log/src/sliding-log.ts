import {
  type Duration,
  expectOptions,
  expectPositiveInteger,
  type Mode,
  type Policy,
  parseDuration,
  type Reading,
} from '@sluice/core'
import { slidingLogLua } from './sliding-log.lua.ts'

/** The largest limit: a log may hold one entry of 16 bytes for each unit. */
export const largestLimit = 10_000

export interface SlidingLogOptions {
  /** How many units any window admits; at most 10,000. */
  readonly limit: number
  /** How long the window is that slides. */
  readonly window: Duration
}

/**
 * The `rest` of what is stored: one run for each ms in which something was admitted. Totals are cumulative, so what a
 * stretch of runs admitted is one subtraction. Runs before `first` have left the window.
 */
export interface Log {
  /** Dates are `base + whens[i]`. */
  base: number
  first: number
  /** The total before `first`. */
  spent: number
  readonly whens: number[]
  readonly totals: number[]
}

/** The `rest` of a reading: the log as it was stored, and what of it differs now. */
interface LogView {
  readonly log: Log
  readonly base: number
  readonly first: number
  readonly spent: number
  /** `used` as it was loaded. */
  readonly loaded: number
}

/**
 * Sliding log: never more than `limit` in any `window`. Memory grows with what is admitted, up to 16 bytes a unit, so
 * limits above 10,000 are refused. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function slidingLog(options: SlidingLogOptions): Policy {
  expectOptions('slidingLog', options, ['limit', 'window'])
  const limit = expectLimit(options.limit)
  const window = parseDuration('window', options.window)

  return {
    algorithm: 'sliding-log',
    format: 'sl1',
    limit,
    ceiling: limit,
    unit: 1,
    parameters: [window],
    lua: slidingLogLua,
    weigh: (mode) => weigh(limit, mode),
    restBytes: { of: (rest) => bytesOf((rest as Log).whens.length), most: bytesOf(2 * limit + 64) },

    load(reading, now) {
      if (reading.used === 0) return empty(reading, now)

      const log = reading.rest as Log
      const last = log.whens.length - 1
      const stored = log.base + at(log.whens, last)
      const redated = stored - now > window
      const base = redated ? log.base - (stored - now) : log.base
      const newest = redated ? now : stored
      // When the clock goes back by more than the window, the expiry moves with the dates.
      reading.expiresAt -= stored - newest

      const horizon = Math.max(now, newest) - window - base
      const first = firstWhere(log.whens, log.first, (when) => when > horizon)
      if (first > last && reading.expiresAt <= now + window) return empty(reading, now)
      if (first > last) {
        // A longer window still holds what has left this one.
        reading.used = 0
        reading.mark = now
        reading.stale = false
        reading.rest = { log, base, first, spent: at(log.totals, last), loaded: 0 } satisfies LogView
        return
      }

      const spent = first === log.first ? log.spent : at(log.totals, first - 1)
      const used = at(log.totals, last) - spent
      reading.used = used
      reading.mark = newest
      reading.stale = redated || newest + window > reading.expiresAt
      // Only an expiry that a longer window gave it is held on to.
      if (newest + window >= reading.expiresAt) reading.expiresAt = 0
      reading.rest = { log, base, first, spent, loaded: used } satisfies LogView
    },
    save(reading) {
      const { used, mark } = reading
      const view = reading.rest as LogView | undefined
      if (view === undefined) {
        reading.rest = { base: 0, first: 0, spent: 0, whens: [mark], totals: [used] } satisfies Log
        reading.expiresAt = mark + window
        return
      }

      const { log, base, first, spent, loaded } = view
      const { whens, totals } = log
      const total = spent + used
      log.base = base
      // Only a charge lets go of what has left this window, and only once no longer window holds it for longer than itself.
      const isHeld = reading.expiresAt > mark + window && whens.length - log.first <= largestLimit
      if (used > loaded && !isHeld) {
        log.first = first
        log.spent = spent
      }
      if (used < loaded) {
        whens.length = totals.length = firstWhere(totals, first, (each) => each >= total) + 1
        totals[totals.length - 1] = total
      } else if (used > loaded && mark > base + at(whens, whens.length - 1)) {
        whens.push(mark - base)
        totals.push(total)
      } else {
        totals[totals.length - 1] = total
      }
      reading.rest = compacted(log)
      reading.mark = base + at(whens, whens.length - 1)
      // Entries keep the expiry that a longer window gave them.
      reading.expiresAt = Math.max(reading.expiresAt, reading.mark + window)
    },
    wait({ used, rest }, cost, now) {
      const { log, base, first, spent } = rest as LogView
      const { whens, totals } = log
      const leaving = firstWhere(totals, first, (total) => total >= spent + used + cost - limit)
      return base + at(whens, leaving) + window - now
    },
    retryAfter({ wait }) {
      return wait
    },
    resetAfter(_used, mark, now) {
      return mark + window - now
    },
  }
}

/** A request may look for two runs, by a search in each; a refund reads and writes all of them. */
function weigh(limit: number, mode: Mode): number {
  const searches = 1 + Math.ceil(Math.log2(limit))
  return mode === 'refund' ? 2 * searches + limit / 100 : searches
}

/** Arrays grow by a half at a time, so a run's two numbers take up to 24 bytes. */
function bytesOf(runs: number): number {
  return 256 + 24 * runs
}

function empty(reading: Reading, now: number): void {
  reading.used = 0
  reading.mark = now
  reading.expiresAt = 0
  reading.stale = false
  reading.rest = undefined
}

/** Drops the runs that have left, once they outnumber those that have not. */
function compacted(log: Log): Log {
  if (log.first <= log.whens.length - log.first + 64) return log
  return { ...log, first: 0, whens: log.whens.slice(log.first), totals: log.totals.slice(log.first) }
}

/** The index of the first item, from `low` on, that passes: those that pass come after those that do not. */
function firstWhere(items: readonly number[], low: number, passes: (item: number) => boolean): number {
  let below = low - 1
  let above = items.length
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (passes(at(items, middle))) above = middle
    else below = middle
  }
  return above
}

function at(items: readonly number[], index: number): number {
  return items[index] as number
}

function expectLimit(value: unknown): number {
  const limit = expectPositiveInteger('limit', value)
  if (limit > largestLimit) {
    throw new RangeError(`Expected \`limit\` to be at most ${largestLimit}, the most a log holds, got ${limit}`)
  }
  return limit
}
