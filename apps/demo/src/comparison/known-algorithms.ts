import type { Algorithm, Promised, Quota } from './algorithm.ts'
import { durationText } from './duration-text.ts'

/** What the page knows of an algorithm beyond what its package says: its words, and the bound in its specification. */
export type Known = Pick<Algorithm, 'areaText' | 'keeping' | 'reason'> & {
  promise(quota: Quota): Omit<Promised, 'isTried'>
}

const half = (value: number): number => Math.max(1, Math.floor(value / 2))

/** The algorithms whose lanes are open at first, in the order in which the page tells their story. */
export const knownAlgorithms: ReadonlyMap<string, Known> = new Map(
  Object.entries({
    'fixed-window': {
      areaText: () => 'left in this window',
      promise: ({ limit }) => ({ atOnce: limit, longRun: limit, anyWindow: 2 * limit }),
      keeping: (quota) => ({ ...quota, limit: half(quota.limit) }),
      reason: ({ limit }, retryAfterMs) => `${limit} in this window, the next begins in ${durationText(retryAfterMs)}`,
    },
    'sliding-log': {
      areaText: (window) => `left in the last ${window}`,
      promise: ({ limit }) => ({ atOnce: limit, longRun: limit, anyWindow: limit }),
      keeping: (quota) => quota,
      reason: ({ limit, window }, retryAfterMs) =>
        `${limit} within the last ${durationText(window)}, the oldest leaves in ${durationText(retryAfterMs)}`,
    },
    'token-bucket': {
      areaText: () => 'tokens',
      promise: ({ limit, burst }) => ({ atOnce: burst, longRun: limit, anyWindow: burst + limit }),
      keeping: ({ limit, burst, window }) => {
        const capacity = Math.max(1, Math.floor((limit * burst) / (limit + burst)))
        return { window, burst: capacity, limit: Math.max(1, limit - capacity) }
      },
      reason: ({ limit, window }, retryAfterMs) =>
        `${tokenText(1 - (retryAfterMs * limit) / window)} of 1 token, come back in ${durationText(retryAfterMs)}`,
    },
    'leaky-bucket': {
      areaText: () => 'waiting',
      promise: ({ limit }) => ({ atOnce: 1, longRun: limit, anyWindow: limit }),
      keeping: (quota) => quota,
      reason: ({ burst }, retryAfterMs) =>
        `all ${burst} places are taken, one is free in ${durationText(retryAfterMs)}`,
    },
  } satisfies Readonly<Record<string, Known>>),
)

function tokenText(tokens: number): string {
  return String(Math.max(0, Math.floor(tokens * 10) / 10))
}
