import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { timesAtRate } from './times-at-rate.ts'
import { type Traffic, type TrafficOptions, trafficAt, trafficOptionNames } from './traffic.ts'

export interface SteadyOptions extends TrafficOptions {
  /** How many requests come each `per`. */
  readonly rate: number
  readonly per: Duration
  /** Given one, the requests come at random times, the same for the same seed; else they are evenly spaced. */
  readonly seed?: number | undefined
}

/** Requests at a constant rate. Throws a `TypeError` or `RangeError` that names the option that is wrong. */
export function steady(options: SteadyOptions): Traffic {
  expectOptions('steady', options, [...trafficOptionNames, 'rate', 'per', 'seed'])
  const to = parseDuration('duration', options.duration)
  const rate = expectPositiveInteger('rate', options.rate)
  const per = parseDuration('per', options.per)
  return trafficAt(timesAtRate([{ from: 0, to, rate, per }], options.seed), options)
}
