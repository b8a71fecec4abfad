import type { Duration } from './contract/limiter.ts'
import { shown } from './expect.ts'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest duration, in ms: it leaves room below 2^53 for sums of dates (some 35,000 years). */
export const longestDuration: number = 2 ** 50

/**
 * Milliseconds of a duration; `name` is the option that an error will name.
 * Throws a `TypeError` for a malformed one and a `RangeError` for one that is not whole, positive and at most 2^50 ms.
 */
export function parseDuration(name: string, duration: Duration): number {
  const ms = typeof duration === 'string' ? parseText(name, duration) : duration
  if (typeof ms !== 'number') {
    throw new TypeError(`Expected \`${name}\` to be a duration like 250, '1s' or '15m', got ${shown(duration)}`)
  }
  if (!Number.isSafeInteger(ms) || ms < 1 || ms > longestDuration) {
    throw new RangeError(`Expected \`${name}\` to be a whole number of ms from 1 to 2^50, got ${shown(duration)}`)
  }
  return ms
}

function parseText(name: string, text: string): number {
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = units[unit ?? '']
  if (digits === undefined || factor === undefined) {
    throw new TypeError(`Expected \`${name}\` to be a duration like 250, '1s' or '15m', got ${shown(text)}`)
  }
  return Number(digits) * factor
}
