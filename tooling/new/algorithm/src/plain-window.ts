import { type DurationText, type PastCharge, type Policy, parseDurationText, type Reading } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { plainWindowGiveBackLua, plainWindowLua } from './plain-window.lua.ts'

export interface PlainWindowOptions {
  /** How many units each window admits. */
  readonly limit: number
  /** How long a window is. */
  readonly window: DurationText
}

/**
 * Plain window: `limit` in each `window`, which begins with the first request that it admits. Throws a `TypeError` or
 * `RangeError` that names the option that is wrong.
 */
export function plainWindow(options: PlainWindowOptions): Policy {
  expectOptions('plainWindow', options, ['limit', 'window'])
  const limit = expectPositiveInteger('limit', options.limit)
  const window = parseDurationText('window', options.window)

  return {
    algorithm: 'plain-window',
    format: 'pw1',
    limit,
    window,
    ceiling: limit,
    unit: 1,
    parameters: [window],
    lua: plainWindowLua,
    giveBackLua: plainWindowGiveBackLua,

    load: (reading, now) => load(reading, now, window),
    save,
    giveBack,
    retryAfter: (view, _cost, now) => view.mark - now,
    resetAfter: (_used, mark, now) => mark - now,
  }
}

// From here on the Lua twin has the same functions, in the same order. Stored: `used` is the count, `mark` the date on which
// the window ends, `scale` its length.

function load(reading: Reading, now: number, window: number) {
  if (reading.used === 0) {
    reading.mark = now + window
    reading.scale = window
    reading.stale = false
    return
  }

  // A longer window moves the end out; a shorter one waits for it.
  const length = Math.max(window, reading.scale)
  let end = reading.mark + length - reading.scale
  // A clock that was set back by more than two windows starts a new one, with the same count.
  if (end - now > 2 * length) end = now + length
  reading.stale = end !== reading.mark
  reading.mark = end
  reading.scale = length
}

function save(reading: Reading) {
  reading.expiresAt = reading.mark
}

/** Of a charge only while the window runs that counted it. */
function giveBack(reading: Reading, credits: number, _now: number, charge?: PastCharge) {
  if (charge === undefined || charge.ends === reading.mark) reading.used = Math.max(0, reading.used - credits)
}
