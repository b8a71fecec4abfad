import type { ReportedLimits } from '../fields/read-limits.ts'

/** Whether a response refuses because of a limit: 429, 503, and 403 as GitHub sends it, with the sign of a limit. */
export function isRefusal({ status }: Response, { limits, retryAfterMs }: ReportedLimits): boolean {
  if (status === 429) return true
  if (status === 503) return retryAfterMs !== undefined || limits.length > 0
  return status === 403 && (retryAfterMs !== undefined || limits.some(({ remaining }) => remaining === 0))
}

const shortestBackoffMs = 1000
const shortestJitterMs = 250
const longestJitterMs = 10_000
/** Doubling ends somewhere. */
const mostDoublings = 16

/**
 * Ms to wait after a refusal: what `Retry-After` says, else until the last of the exhausted limits is reset, else a second that
 * doubles with each attempt.
 */
export function waitAfterRefusal({ limits, retryAfterMs }: ReportedLimits, attempt: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs
  const resets = limits.flatMap(({ remaining, resetAfterMs }) =>
    remaining === 0 && resetAfterMs ? [resetAfterMs] : [],
  )
  return resets.length > 0 ? Math.max(...resets) : shortestBackoffMs * 2 ** Math.min(attempt, mostDoublings)
}

/** Ms that are added to a wait, so that clients that were refused together do not come back together. */
export function jitter(attempt: number, random: () => number): number {
  return random() * Math.min(longestJitterMs, shortestJitterMs * 2 ** Math.min(attempt, mostDoublings))
}
