import type { Duration, DurationText } from './contract/limiter.ts'
import { shown } from './expect.ts'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest duration, in ms: it leaves room below 2^53 for sums of dates (some 35,000 years). */
export const longestDuration: number = 2 ** 50

const numberOrText = "a duration like 250, '1s' or '15m'"
const textOnly = "a duration like '60s' or '15m'"

/**
 * Milliseconds of a duration; `name` is the option that an error will name.
 * Throws a `TypeError` for a malformed one and a `RangeError` for one that is not whole, positive and at most 2^50 ms.
 */
export function parseDuration(name: string, duration: Duration): number {
  if (typeof duration === 'string') return parseText(name, duration, numberOrText)
  if (typeof duration !== 'number') {
    throw new TypeError(`Expected \`${name}\` to be ${numberOrText}, got ${shown(duration)}`)
  }
  return expectInRange(name, duration, duration)
}

/**
 * Milliseconds of a duration that must be text, as `parseDuration` reads it. Throws a `TypeError` for a number, and says what to write.
 */
export function parseDurationText(name: string, duration: DurationText): number {
  const given: unknown = duration
  if (typeof given === 'string') return parseText(name, given, textOnly)
  const hint = Number.isFinite(given) ? `: write '${given}s' for seconds or '${given}ms' for milliseconds` : ''
  throw new TypeError(`Expected \`${name}\` to be ${textOnly}, got ${shown(given)}${hint}`)
}

function parseText(name: string, text: string, expected: string): number {
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = units[unit ?? '']
  if (digits === undefined || factor === undefined) {
    throw new TypeError(`Expected \`${name}\` to be ${expected}, got ${shown(text)}`)
  }
  return expectInRange(name, Number(digits) * factor, text)
}

function expectInRange(name: string, ms: number, given: Duration | string): number {
  if (Number.isSafeInteger(ms) && ms >= 1 && ms <= longestDuration) return ms
  throw new RangeError(`Expected \`${name}\` to be a whole number of ms from 1 to 2^50, got ${shown(given)}`)
}
