import { type Duration, parseDuration } from '@sluice/core'
import { expectPositiveInteger, shown } from '@sluice/core/internal'

/** One request to come. */
export interface Arrival {
  /** Whole ms from the start. */
  readonly at: number
  readonly key: string
  readonly cost: number
}

/** What a refused client does: comes back after a pause, however long it was told to wait. */
export interface Retry {
  /** Ms from a refusal to the next attempt; the same for all. */
  readonly pause: number
  /** How many times a client comes back for one request before it gives up. */
  readonly attempts: number
}

/** A stream of requests in virtual time, as data. Patterns make it; so may you. */
export interface Traffic {
  /** Ms; nothing is asked at the end or after it. */
  readonly duration: number
  /** In time order. */
  readonly arrivals: readonly Arrival[]
  /** Absent: who is refused goes away. */
  readonly retry?: Retry | undefined
}

/** What every pattern takes. */
export interface TrafficOptions {
  /** How long the traffic lasts. */
  readonly duration: Duration
  /** Whom all requests count for. Default `'client'`. */
  readonly key?: string | undefined
  /** How much each request weighs. Default 1. */
  readonly cost?: number | undefined
}

/** The most requests of one pattern, retries included. */
export const largestTraffic = 1_000_000

/** The names of `TrafficOptions`. */
export const trafficOptionNames: readonly string[] = ['duration', 'key', 'cost']

/** Traffic that arrives at these times, in order. */
export function trafficAt(times: readonly number[], options: TrafficOptions): Traffic {
  const duration = parseDuration('duration', options.duration)
  const cost = expectPositiveInteger('cost', options.cost ?? 1)
  const { key = 'client' } = options
  if (typeof key !== 'string') throw new TypeError(`Expected \`key\` to be a string, got ${shown(key)}`)
  return { duration, arrivals: times.map((at) => ({ at, key, cost })) }
}

/** A number of requests that a pattern may hold, or a `RangeError`; asked before the requests are made. */
export function expectSize(requests: number): number {
  if (requests <= largestTraffic) return requests
  throw new RangeError(
    `Expected the traffic to hold at most ${largestTraffic} requests, retries included, got ${Math.ceil(requests)}`,
  )
}
