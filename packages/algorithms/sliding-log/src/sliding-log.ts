import {
  type DurationText,
  type Mode,
  type PastCharge,
  type Policy,
  parseDurationText,
  type Reading,
} from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { slidingLogGiveBackLua, slidingLogLua } from './sliding-log.lua.ts'

/** The largest limit: a log may hold one entry of 16 bytes for each unit. */
export const largestLimit = 10_000

export interface SlidingLogOptions {
  /** How many units any window admits; at most 10,000. */
  readonly limit: number
  /** How long the window is that slides. */
  readonly window: DurationText
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
  const window = parseDurationText('window', options.window)

  return {
    algorithm: 'sliding-log',
    format: 'sl1',
    limit,
    window,
    ceiling: limit,
    unit: 1,
    parameters: [window],
    lua: slidingLogLua,
    giveBackLua: slidingLogGiveBackLua,
    weigh: (mode) => weigh(limit, mode),
    restBytes: { of: (rest) => bytesOf((rest as Log).whens.length), most: bytesOf(2 * limit + 64) },

    load: (reading, now) => load(reading, now, window),
    save: (reading) => save(reading, limit, window),
    giveBack: (reading, credits, now, charge) => giveBack(reading, credits, now, charge, window),
    wait: (reading, cost, now) => wait(reading, cost, now, limit, window),
    retryAfter: (view) => view.wait,
    resetAfter: (_used, mark, now) => mark + window - now,
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

function expectLimit(value: unknown): number {
  const limit = expectPositiveInteger('limit', value)
  if (limit > largestLimit) {
    throw new RangeError(`Expected \`limit\` to be at most ${largestLimit}, the most a log holds, got ${limit}`)
  }
  return limit
}

/** Back to nothing stored. */
function clear(reading: Reading, now: number) {
  reading.used = 0
  reading.mark = now
  reading.expiresAt = 0
  reading.stale = false
  reading.rest = undefined
}

/** Drops the runs that have left, once they outnumber those that have not. */
function compact(log: Log): Log {
  if (log.first <= log.whens.length - log.first + 64) return log
  return { ...log, first: 0, whens: log.whens.slice(log.first), totals: log.totals.slice(log.first) }
}

/** A log keeps no more runs than units fit in its limit: a charge past that joins the newest run, which takes its date. */
function isFull({ log, first }: LogView, limit: number): boolean {
  return log.whens.length - first >= limit
}

/** Makes sure that the newest run is of a charge's date. */
function chargeAt(when: number, view: LogView, limit: number): void {
  const { whens, totals } = view.log
  const newest = whens.length - 1
  if (isFull(view, limit)) {
    whens[newest] = when
  } else if (when > (whens[newest] as number)) {
    whens.push(when)
    totals.push(0)
  }
}

/** Takes units from the oldest runs, so that totals stay below 2^53. */
function giveWay(log: Log, excess: number): void {
  log.first = firstWhere(log.totals, log.first, excess)
  log.spent = Math.max(0, log.spent - excess)
  for (let i = log.first; i < log.totals.length; i += 1) log.totals[i] = (log.totals[i] as number) - excess
}

// From here on the Lua twin has the same functions, in the same order.

/** The index of the first item, from `low` on, that passes the bound; items never get smaller. */
function firstWhere(items: readonly number[], low: number, bound: number): number {
  let below = low - 1
  let above = items.length
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if ((items[middle] as number) > bound) above = middle
    else below = middle
  }
  return above
}

function loadLive(reading: Reading, newest: number, base: number, horizon: number) {
  const log = reading.rest as Log
  const last = log.whens.length - 1
  const first = firstWhere(log.whens, log.first, horizon)
  const spent = first > log.first ? (log.totals[first - 1] as number) : log.spent
  const used = (log.totals[last] as number) - spent
  reading.used = used
  reading.mark = newest
  reading.rest = { log, base, first, spent, loaded: used } satisfies LogView
}

function load(reading: Reading, now: number, window: number) {
  if (reading.used === 0) return clear(reading, now)

  const log = reading.rest as Log
  const when = log.whens[log.whens.length - 1] as number
  const stored = log.base + when
  const redated = stored - now > window
  const newest = redated ? now : stored
  const base = log.base - (stored - newest)
  // The expiry moves with the dates.
  reading.expiresAt -= stored - newest

  const horizon = Math.max(now, newest) - window - base
  if (when <= horizon && reading.expiresAt <= now + window) return clear(reading, now)
  if (when <= horizon) {
    // A longer window still holds what has left this one.
    const last = log.whens.length - 1
    reading.used = 0
    reading.mark = now
    reading.stale = false
    reading.rest = { log, base, first: last + 1, spent: log.totals[last] as number, loaded: 0 } satisfies LogView
    return
  }

  loadLive(reading, newest, base, horizon)
  reading.stale = redated || newest + window > reading.expiresAt
  // Only an expiry that a longer window gave it is held on to.
  if (newest + window >= reading.expiresAt) reading.expiresAt = 0
}

function save(reading: Reading, limit: number, window: number) {
  const { used, mark } = reading
  const view = reading.rest as LogView | undefined
  if (view === undefined) {
    reading.rest = { base: 0, first: 0, spent: 0, whens: [mark], totals: [used] } satisfies Log
    reading.expiresAt = mark + window
    return
  }

  const { log, base, first, spent, loaded } = view
  const { whens, totals } = log
  const total = Math.min(spent + used, Number.MAX_SAFE_INTEGER)
  log.base = base
  // Only a charge lets go of what has left this window, and only once no longer window holds it for longer than itself.
  const isHeld = reading.expiresAt > mark + window && whens.length - log.first <= largestLimit
  if (used > loaded && !isHeld) {
    log.first = first
    log.spent = spent
  }
  if (used > total - spent) giveWay(log, used - (total - spent))
  if (used < loaded) whens.length = totals.length = firstWhere(totals, first, total - 1) + 1
  else if (used > loaded) chargeAt(mark - base, view, limit)
  totals[totals.length - 1] = total
  reading.rest = compact(log)
  reading.mark = base + (whens[whens.length - 1] as number)
  // Entries keep the expiry that a longer window gave them.
  reading.expiresAt = Math.max(reading.expiresAt, reading.mark + window)
}

function wait({ used, mark, rest }: Reading, charge: number, now: number, limit: number, window: number): number {
  const view = rest as LogView | undefined
  const need = used + charge - limit
  // What was charged just now leaves last.
  if (view === undefined || need > view.loaded) return mark + window - now

  const { log, base, first, spent, loaded } = view
  const leaving = firstWhere(log.totals, first, spent + need - 1)
  const hasJoined = used > loaded && isFull(view, limit) && leaving === log.whens.length - 1
  return (hasJoined ? mark : base + (log.whens[leaving] as number)) + window - now
}

/**
 * The newest entries go, and with them a charge that is the newest. Of an older one, while it is inside the window, the oldest go in
 * its stead: they leave before it would have.
 */
function giveBack(reading: Reading, credits: number, now: number, charge: PastCharge | undefined, window: number) {
  const { used, mark } = reading
  const given = Math.min(credits, used)
  if (charge === undefined || charge.at === mark) {
    reading.used = used - given
    return
  }
  const { log, base, first, spent } = reading.rest as LogView
  const isHeld = reading.expiresAt > mark + window && first > log.first
  // A longer window still holds entries that are older.
  if (charge.at <= now - window || now >= charge.ends || isHeld) return
  log.spent = spent + given
  log.first = firstWhere(log.totals, first, log.spent)
  reading.used = used - given
  reading.rest = { log, base, first: log.first, spent: log.spent, loaded: reading.used } satisfies LogView
}
