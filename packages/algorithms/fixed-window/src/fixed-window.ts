import { type Duration, expectOptions, expectPositiveInteger, type Policy, parseDuration, shown } from '@sluice/core'
import { fixedWindowLua } from './fixed-window.lua.ts'

export interface FixedWindowOptions {
  /** How many units each window admits. */
  readonly limit: number
  /** How long a window is. */
  readonly window: Duration
  /** Windows start at multiples of `window` since the epoch, or with the first request. Default `'epoch'`. */
  readonly align?: 'epoch' | 'first-request' | undefined
}

/**
 * Fixed window: `limit` in each `window`. Around a boundary up to twice the limit gets through in a moment: the rest of
 * one window and the start of the next. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function fixedWindow(options: FixedWindowOptions): Policy {
  expectOptions('fixedWindow', options, ['limit', 'window', 'align'])
  const limit = expectPositiveInteger('limit', options.limit)
  const window = parseDuration('window', options.window)
  const aligned = isAligned(options.align === undefined ? 'epoch' : options.align)
  const endOf = (now: number, length: number): number =>
    aligned ? (Math.floor(now / length) + 1) * length : now + length

  return {
    algorithm: 'fixed-window',
    format: 'fw1',
    limit,
    ceiling: limit,
    unit: 1,
    parameters: [2 * window + (aligned ? 1 : 0)],
    lua: fixedWindowLua,

    // Stored: the count, when its window ends, and how long that is.
    load(reading, now) {
      if (reading.used === 0) {
        reading.mark = endOf(now, window)
        reading.scale = window
        reading.stale = false
        return
      }
      // A longer window moves the end out, to that of its own window that holds the last ms; a shorter one waits for it.
      let { mark: end, scale: length } = reading
      if (window > length) {
        end = aligned ? endOf(end - 1, window) : end - length + window
        length = window
      }
      if (end - now > 2 * length) end = endOf(now, length)
      reading.mark = end
      reading.scale = length
      reading.stale = end !== reading.expiresAt
    },
    save(reading) {
      reading.expiresAt = reading.mark
    },
    retryAfter({ mark }, _cost, now) {
      return mark - now
    },
    resetAfter(_used, mark, now) {
      return mark - now
    },
  }
}

function isAligned(align: unknown): boolean {
  if (align === 'epoch' || align === 'first-request') return align === 'epoch'
  throw new RangeError(`Expected \`align\` to be 'epoch' or 'first-request', got ${shown(align)}`)
}
