import { longestDuration } from '@sluice/core/internal'

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** As Go writes durations: `12ms`, `6m0s`, `1h0m1.5s`. */
const durationPattern = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/
const durationParts = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g
const numberPattern = /^\d+(?:\.\d+)?$/
const rfc3339Pattern = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/
const httpDatePattern = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .* GMT$/
const asctimePattern = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

/** Longer than any time that makes sense; what is longer is not looked at. */
const longestText = 64

/**
 * How many ms a text says to wait, rounded up: seconds, a duration such as `6m0s`, or a date (HTTP, RFC 3339, seconds or ms since
 * the epoch) as seen at `now` on the server's clock; a date in the past is 0. `undefined` for anything else.
 */
export function parseWait(text: string, now: number): number | undefined {
  if (text.length > longestText) return undefined
  if (numberPattern.test(text)) return wholeMs(waitOfNumber(Number(text), now))
  if (durationPattern.test(text)) return wholeMs(durationOf(text))
  const date = dateOf(text)
  return Number.isNaN(date) ? undefined : wholeMs(date - now)
}

/** Whole ms, rounded up, from 0 to the longest duration. */
export function wholeMs(ms: number): number {
  return Math.min(longestDuration, Math.max(0, Math.ceil(ms)))
}

/** No wait is as long as a date is far from the epoch: 1e9 s is 31 years, and 1e12 ms the year 2001. */
function waitOfNumber(value: number, now: number): number {
  if (value >= 1e12) return value - now
  return value >= 1e9 ? value * 1000 - now : value * 1000
}

function durationOf(text: string): number {
  const parts = [...text.matchAll(durationParts)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit as string] as number), 0)
}

/** Ms since the epoch, or `NaN`. */
export function dateOf(text: string): number {
  if (rfc3339Pattern.test(text) || httpDatePattern.test(text)) return Date.parse(text)
  // Without a zone it would be taken for local time.
  return asctimePattern.test(text) ? Date.parse(`${text} GMT`) : Number.NaN
}
