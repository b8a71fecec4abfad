import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { timesAtRate } from './times-at-rate.ts'
import { expectSize, type Traffic, type TrafficOptions, trafficAt, trafficOptionNames } from './traffic.ts'

export interface RetryStormOptions extends TrafficOptions {
  /** How many clients share the key. */
  readonly clients: number
  /** How often each of them has a new request; they take turns. */
  readonly every: Duration
  /** How soon a refused client comes back, whatever `retryAfterMs` says. */
  readonly pause: Duration
  /** How many times it comes back for one request before it gives up. Default 20. */
  readonly attempts?: number | undefined
  /** Given one, the requests come at random times, the same for the same seed; else they are evenly spaced. */
  readonly seed?: number | undefined
}

/**
 * Clients that do not listen: refused, they come back after a fixed short pause, and what is asked piles up.
 * Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function retryStorm(options: RetryStormOptions): Traffic {
  expectOptions('retryStorm', options, [...trafficOptionNames, 'clients', 'every', 'pause', 'attempts', 'seed'])
  const to = parseDuration('duration', options.duration)
  const clients = expectPositiveInteger('clients', options.clients)
  const every = parseDuration('every', options.every)
  const pause = parseDuration('pause', options.pause)
  const attempts = expectPositiveInteger('attempts', options.attempts ?? 20)

  const times = timesAtRate([{ from: 0, to, rate: clients, per: every }], options.seed)
  expectSize(times.length * (1 + Math.min(attempts, to / pause)))
  return { ...trafficAt(times, options), retry: { pause, attempts } }
}
