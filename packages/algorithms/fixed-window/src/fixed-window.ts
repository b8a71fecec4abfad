import { type DurationText, type PastCharge, type Policy, parseDurationText, type Reading } from '@sluice/core'
import { expectOptions, expectPositiveInteger, shown } from '@sluice/core/internal'
import { fixedWindowGiveBackLua, fixedWindowLua } from './fixed-window.lua.ts'

export interface FixedWindowOptions {
  /** How many units each window admits. */
  readonly limit: number
  /** How long a window is. */
  readonly window: DurationText
  /** Windows start with the first request, or at multiples of `window` since the epoch. Default `'first-request'`. */
  readonly align?: 'first-request' | 'epoch' | undefined
}

/**
 * Fixed window: `limit` in each `window`. Around a boundary up to twice the limit gets through in a moment: the rest of
 * one window and the start of the next. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function fixedWindow(options: FixedWindowOptions): Policy {
  expectOptions('fixedWindow', options, ['limit', 'window', 'align'])
  const limit = expectPositiveInteger('limit', options.limit)
  const window = parseDurationText('window', options.window)
  const aligned = isAligned(options.align === undefined ? 'first-request' : options.align)

  return {
    algorithm: 'fixed-window',
    format: 'fw1',
    limit,
    window,
    ceiling: limit,
    unit: 1,
    parameters: [window, aligned ? 1 : 0],
    lua: fixedWindowLua,
    giveBackLua: fixedWindowGiveBackLua,

    load: (reading, now) => load(reading, now, window, aligned),
    save,
    giveBack,
    retryAfter: ({ mark }, _cost, now) => mark - now,
    resetAfter: (_used, mark, now) => mark - now,
  }
}

function isAligned(align: unknown): boolean {
  if (align === 'epoch' || align === 'first-request') return align === 'epoch'
  throw new RangeError(`Expected \`align\` to be 'epoch' or 'first-request', got ${shown(align)}`)
}

// From here on the Lua twin has the same functions, in the same order. Stored: the count, when its window ends, how long that is.

function endOf(now: number, length: number, aligned: boolean): number {
  return aligned ? (Math.floor(now / length) + 1) * length : now + length
}

function load(reading: Reading, now: number, window: number, aligned: boolean) {
  const { used, mark: storedEnd } = reading
  if (used === 0) {
    reading.mark = endOf(now, window, aligned)
    reading.scale = window
    reading.stale = false
    return
  }

  // A longer window moves the end out, to that of its own window that holds the last ms; a shorter one waits for it.
  let { scale: length } = reading
  let ends = storedEnd
  if (window > length) {
    ends = aligned ? endOf(ends - 1, window, aligned) : ends - length + window
    length = window
  }
  if (ends - now > 2 * length) ends = endOf(now, length, aligned)
  reading.mark = ends
  reading.scale = length
  reading.stale = ends !== storedEnd
}

function save(reading: Reading) {
  reading.expiresAt = reading.mark
}

/** Of a charge only while the window runs that counted it. */
function giveBack(reading: Reading, credits: number, _now: number, charge?: PastCharge) {
  if (charge === undefined || charge.ends === reading.mark) reading.used = Math.max(0, reading.used - credits)
}
