import type { AccessLog } from '@sluice/simulation'
import type { Difference } from './difference.ts'
import type { PolicyCurve } from './policy-curve.ts'
import type { RefusedClient, Timeline } from './refusals.ts'

/** What a replay found: all that its table, its report and its JSON are made of. */
export interface ReplayResult {
  readonly log: LogSummary
  /** The share of the clients that may be refused, from 0 to 1, which the curves answer. */
  readonly refuseAtMost: number
  readonly limiters: readonly LimiterResult[]
  readonly differences: readonly Difference[]
  /** What a reader must know to judge the numbers. */
  readonly notes: readonly string[]
}

/** What was read. */
export interface LogSummary extends Pick<AccessLog, 'malformed' | 'firstMalformed'> {
  readonly files: readonly string[]
  readonly requests: number
  readonly clients: number
  /** Ms since the epoch. */
  readonly from: number
  readonly to: number
}

/** What one limiter would have done under the document, and under the one it is compared with. */
export interface LimiterResult {
  readonly limiter: string
  readonly documents: readonly DocumentResult[]
  /** Of the document alone. */
  readonly curves: readonly PolicyCurve[]
}

export interface DocumentResult {
  readonly file: string
  readonly admitted: number
  readonly refused: number
  readonly delayed: number
  readonly longestDelayMs: number
  /** Refused requests by the policy that bound. */
  readonly policies: Readonly<Record<string, number>>
  readonly clientsRefused: number
  /** Of all clients, from 0 to 1. */
  readonly share: number
  readonly mostRefused: readonly RefusedClient[]
  readonly timeline: Timeline
  readonly windowMs: number
  /** The most that one client got within any window of that length. */
  readonly mostInWindow: number
}
