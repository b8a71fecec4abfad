import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { durationCode, durationText } from './duration-text.ts'

/** So many in each window; the buckets admit `burst` at once. */
export interface Quota {
  readonly limit: number
  /** Ms. */
  readonly window: number
  readonly burst: number
}

/** What a policy promises its user, in requests. */
export interface Promised {
  /** The most that may go ahead in one instant, after silence. */
  readonly atOnce: number
  /** In each window, over a long time. */
  readonly longRun: number
  /** The most that may go ahead within any window, wherever it starts. */
  readonly anyWindow: number
}

/** One algorithm as the page shows it: a lane. */
export interface Algorithm {
  readonly name: string
  /** As the subject of a sentence. */
  readonly subject: string
  readonly packageName: string
  /** What the area in the lane stands for. */
  readonly area: 'left' | 'waiting'
  readonly areaText: (window: string) => string
  policy(quota: Quota): Policy
  /** The call that makes the policy, to be pasted. */
  code(quota: Quota): string
  promise(quota: Quota): Promised
  /** The quota with which the policy promises what the given one says as its limit. */
  keeping(quota: Quota): Quota
  /** Why a request was refused, given how much had to come back first. */
  reason(quota: Quota, retryAfterMs: number): string
}

const half = (value: number): number => Math.max(1, Math.floor(value / 2))

const fixed: Algorithm = {
  name: 'Fixed window',
  subject: 'the fixed window',
  packageName: '@sluice/fixed-window',
  area: 'left',
  areaText: () => 'left in this window',
  policy: ({ limit, window }) => fixedWindow({ limit, window: durationCode(window), align: 'epoch' }),
  code: ({ limit, window }) => `fixedWindow({ limit: ${limit}, window: '${durationCode(window)}', align: 'epoch' })`,
  promise: ({ limit }) => ({ atOnce: limit, longRun: limit, anyWindow: 2 * limit }),
  keeping: (quota) => ({ ...quota, limit: half(quota.limit) }),
  reason: ({ limit }, retryAfterMs) => `${limit} in this window, the next begins in ${durationText(retryAfterMs)}`,
}

const log: Algorithm = {
  name: 'Sliding log',
  subject: 'the sliding log',
  packageName: '@sluice/sliding-log',
  area: 'left',
  areaText: (window) => `left in the last ${window}`,
  policy: ({ limit, window }) => slidingLog({ limit, window: durationCode(window) }),
  code: ({ limit, window }) => `slidingLog({ limit: ${limit}, window: '${durationCode(window)}' })`,
  promise: ({ limit }) => ({ atOnce: limit, longRun: limit, anyWindow: limit }),
  keeping: (quota) => quota,
  reason: ({ limit, window }, retryAfterMs) =>
    `${limit} within the last ${durationText(window)}, the oldest leaves in ${durationText(retryAfterMs)}`,
}

const tokens: Algorithm = {
  name: 'Token bucket',
  subject: 'the token bucket',
  packageName: '@sluice/token-bucket',
  area: 'left',
  areaText: () => 'tokens',
  policy: ({ limit, window, burst }) => tokenBucket({ capacity: burst, refill: limit, per: durationCode(window) }),
  code: ({ limit, window, burst }) =>
    `tokenBucket({ capacity: ${burst}, refill: ${limit}, per: '${durationCode(window)}' })`,
  promise: ({ limit, burst }) => ({ atOnce: burst, longRun: limit, anyWindow: burst + limit }),
  keeping: ({ limit, burst, window }) => {
    const capacity = Math.max(1, Math.floor((limit * burst) / (limit + burst)))
    return { window, burst: capacity, limit: Math.max(1, limit - capacity) }
  },
  reason: ({ limit, window }, retryAfterMs) =>
    `${tokenText(1 - (retryAfterMs * limit) / window)} of 1 token, come back in ${durationText(retryAfterMs)}`,
}

const leaky: Algorithm = {
  name: 'Leaky bucket',
  subject: 'the leaky bucket',
  packageName: '@sluice/leaky-bucket',
  area: 'waiting',
  areaText: () => 'waiting',
  policy: ({ limit, window, burst }) => leakyBucket({ capacity: burst, leak: limit, per: durationCode(window) }),
  code: ({ limit, window, burst }) =>
    `leakyBucket({ capacity: ${burst}, leak: ${limit}, per: '${durationCode(window)}' })`,
  promise: ({ limit }) => ({ atOnce: 1, longRun: limit, anyWindow: limit }),
  keeping: (quota) => quota,
  reason: ({ burst }, retryAfterMs) => `all ${burst} places are taken, one is free in ${durationText(retryAfterMs)}`,
}

/** The algorithms of the lanes, in the order in which the page tells their story. */
export const algorithms: readonly Algorithm[] = [fixed, log, tokens, leaky]

/** The quota that an algorithm is given, so that all have the same limit or all promise the same. */
export function quotaFor(algorithm: Algorithm, quota: Quota, by: 'limit' | 'promise'): Quota {
  return by === 'promise' ? algorithm.keeping(quota) : quota
}

/** Why an algorithm cannot keep its quota, in the library's words; absent when all can. */
export function impossibility(quota: Quota, by: 'limit' | 'promise'): string | undefined {
  try {
    for (const algorithm of algorithms) algorithm.policy(quotaFor(algorithm, quota, by))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function tokenText(tokens: number): string {
  return String(Math.max(0, Math.floor(tokens * 10) / 10))
}
