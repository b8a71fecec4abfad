import type { Policy } from '@sluice/core'

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
  /** Nobody has told the page a bound: the numbers are what a greedy client was seen to get. */
  readonly isTried: boolean
}

/** One algorithm as the page shows it: a lane. */
export interface Algorithm {
  /** As policies and addresses call it: `token-bucket`. */
  readonly id: string
  readonly name: string
  /** As the subject of a sentence. */
  readonly subject: string
  readonly packageName: string
  /** Whether its lane is open at first; others are folded to a line until somebody opens them. */
  readonly isOpenAtFirst: boolean
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
