import { type DurationText, type PastCharge, type Policy, parseDurationText, type Reading } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { slidingCounterGiveBackLua, slidingCounterLua } from './sliding-counter.lua.ts'

export interface SlidingCounterOptions {
  /** How many units are admitted at once, and in the long run in each `window`. */
  readonly limit: number
  /** How long a window is. */
  readonly window: DurationText
}

/**
 * Sliding counter: what the running window has counted, and of the window before it the share that is less than `window` old, come to
 * at most `limit`. Windows start at multiples of `window` since the epoch. In t ms at most `limit * (1 + t / window)` is admitted.
 * Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function slidingCounter(options: SlidingCounterOptions): Policy {
  expectOptions('slidingCounter', options, ['limit', 'window'])
  const limit = expectPositiveInteger('limit', options.limit)
  const window = parseDurationText('window', options.window)

  return {
    algorithm: 'sliding-counter',
    format: 'sc1',
    limit,
    window,
    ceiling: limit,
    unit: 1,
    parameters: [window],
    lua: slidingCounterLua,
    giveBackLua: slidingCounterGiveBackLua,
    restBytes: { of: (rest) => (rest === undefined ? 0 : previousBytes), most: previousBytes },

    load: (reading, now) => load(reading, now, window),
    save: (reading) => save(reading, window),
    giveBack,
    wait: (reading, cost, now) => wait(reading, cost, now, limit, window),
    dateCharge: (mark, now) => dateCharge(mark, now, window),
    retryAfter: (view) => view.wait,
    resetAfter: (_used, mark, now) => mark - now,
  }
}

/** The `rest` of what is stored: the window before the one that counted last. Absent when that counted nothing, or is forgotten. */
interface Previous {
  readonly count: number
  readonly length: number
}

/** The `rest` of a reading: the running window, and the one before it, whose share is in `used`. */
interface Windows {
  readonly end: number
  readonly length: number
  readonly previousLength: number
  readonly previous: number
  readonly share: number
  /** What is stored with the window before, while nothing is counted in the running one: a longer window may still count it. */
  readonly older: Previous | undefined
}

const none: Previous = { count: 0, length: 1 }

/** An object of two numbers. */
const previousBytes = 64

/** Makes a reading of windows, of which the running one has counted so many itself. */
function readAs(reading: Reading, count: number, windows: Windows, window: number) {
  const mark = count > 0 ? windows.end + window : windows.end
  reading.used = count + windows.share
  reading.mark = mark
  reading.stale = mark > reading.expiresAt
  // Only an expiry that a longer window gave it is held on to.
  if (reading.stale || mark === reading.expiresAt) reading.expiresAt = 0
  reading.rest = windows
}

// From here on the Lua twin has the same functions, in the same order. Stored: `used` is the count of the window that counted last,
// `mark` its end, `scale` its length. As it reads, `mark` is the date from which nothing counts.

/** ⌈count · left / length⌉: what still counts of a window that is gone in `left` ms, of `length`. The product may pass 2^53. */
export function shareOf(count: number, left: number, length: number): number {
  if (count * left <= Number.MAX_SAFE_INTEGER) return Math.ceil((count * left) / length)
  const whole = Math.floor(count / length)
  const part = count - whole * length
  let quotient = 0
  let remainder = 0
  // Two binary digits of `left` at a time: lengths are at most 2^50, so no sum passes 2^53.
  for (let digit = 2 ** 50; digit >= 1; digit /= 4) {
    const sum = 4 * remainder + (Math.floor(left / digit) % 4) * part
    quotient = 4 * quotient + Math.floor(sum / length)
    remainder = sum % length
  }
  return whole * left + quotient + (remainder > 0 ? 1 : 0)
}

/** ⌊room · length / count⌋: the most ms until a window is gone with which its share is at most `room`, which is less than its count. */
export function leftAt(room: number, count: number, length: number): number {
  // Rounding makes it a quarter of a ms too many or too few at most, and so a whole ms more or less.
  const near = Math.floor((room / count) * length)
  if (shareOf(count, near + 1, length) <= room) return near + 1
  return shareOf(count, near, length) <= room ? near : near - 1
}

/** Nothing counts; until `expiresAt` a longer window may still count what is stored. */
function clear(reading: Reading, now: number, expiresAt: number, window: number) {
  const end = (Math.floor(now / window) + 1) * window
  reading.used = 0
  reading.mark = end
  reading.expiresAt = expiresAt
  reading.stale = false
  reading.rest = {
    end,
    length: window,
    previousLength: window,
    previous: 0,
    share: 0,
    older: undefined,
  } satisfies Windows
}

function load(reading: Reading, now: number, window: number) {
  let { used: count, mark: end, scale: length } = reading
  if (count === 0) return clear(reading, now, 0, window)

  const stored = reading.rest as Previous | undefined
  let { length: previousLength, count: previous } = stored ?? none
  // A longer window starts where the shorter one did; a shorter one waits for its end.
  end += Math.max(window - length, 0)
  length = Math.max(window, length)
  const redated = end - now > 2 * length
  if (redated) {
    // The expiry moves with the dates.
    reading.expiresAt -= end - length - now
    end = now + length
  }
  const isOver = end <= now
  if (isOver) {
    previousLength = length
    previous = count
    count = 0
    length = window
    end += window
  }
  if (end <= now) return clear(reading, now, reading.expiresAt, window)

  const share = Math.min(shareOf(previous, Math.min(length, end - now), length), Number.MAX_SAFE_INTEGER - count)
  const older = isOver ? stored : undefined
  readAs(reading, count, { end, length, previousLength, previous, share, older }, window)
  reading.stale ||= redated
}

function save(reading: Reading, window: number) {
  const { used, expiresAt } = reading
  const { end, length, previousLength, previous, share, older } = reading.rest as Windows
  if (used > share) {
    reading.used = used - share
    reading.mark = end
    reading.scale = length
    reading.expiresAt = Math.max(expiresAt, end + window)
    reading.rest = previous > 0 ? ({ count: previous, length: previousLength } satisfies Previous) : undefined
    return
  }
  // The running window has counted nothing: the one before it counted last.
  const start = end - length
  reading.used = previous
  reading.mark = start
  reading.scale = previousLength
  reading.expiresAt = Math.max(expiresAt, start - previousLength + Math.max(previousLength, window) + window)
  reading.rest = older
}

/** Until something is counted in the running window, nothing counts after its end; then for a window longer. */
function dateCharge(mark: number, now: number, window: number): number {
  return mark - now > window ? mark : mark + window
}

function wait(reading: Reading, charge: number, now: number, limit: number, window: number): number {
  const { end, length, previous, share } = reading.rest as Windows
  const room = limit - charge
  const count = reading.used - share
  if (count <= room) return end - now - leftAt(room - count, previous, length)
  // What the running window has counted gets less only after its end.
  return end + window - now - leftAt(room, count, window)
}

/** A charge is taken back from the count of the window that it was made in, while that counts. Otherwise the newest goes first. */
function giveBack(reading: Reading, credits: number, now: number, charge: PastCharge | undefined) {
  const windows = reading.rest as Windows
  const { end, length, previousLength, previous, share } = windows
  const start = end - length
  const isOwn = charge === undefined || charge.at >= start
  const isPrevious = charge === undefined || (!isOwn && charge.at >= start - previousLength)
  const count = reading.used - share
  const fromOwn = isOwn ? Math.min(credits, count) : 0
  // Of the window before all goes, where as much is given back as is used: its count may be more than its share.
  const isAll = charge === undefined && credits >= reading.used
  const fromPrevious = isAll ? previous : isPrevious ? Math.min(credits - fromOwn, previous) : 0
  if (fromOwn + fromPrevious === 0 || (charge !== undefined && now >= charge.ends)) return
  // A state that a longer window still counts in other ways is not forgotten.
  if (charge !== undefined && reading.expiresAt > 0 && fromOwn === count && fromPrevious === previous) return

  const countLeft = count - fromOwn
  const previousLeft = previous - fromPrevious
  const most = Number.MAX_SAFE_INTEGER - countLeft
  const shareLeft = Math.min(shareOf(previousLeft, Math.min(length, end - now), length), most)
  reading.used = countLeft + shareLeft
  reading.rest = { ...windows, previous: previousLeft, share: shareLeft } satisfies Windows
}
