import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { timesAtRate } from './times-at-rate.ts'
import { type Traffic, type TrafficOptions, trafficAt, trafficOptionNames } from './traffic.ts'

export interface SpikeOptions extends TrafficOptions {
  /** How many requests come each `per`, outside the peak. */
  readonly rate: number
  /** How many come each `per` in the peak; more than `rate`. */
  readonly peak: number
  readonly per: Duration
  /** When the peak begins. Default: after a third of `duration`. */
  readonly from?: Duration | undefined
  /** How long the peak lasts. Default: a tenth of `duration`. */
  readonly lasting?: Duration | undefined
  /** Given one, the requests come at random times, the same for the same seed; else they are evenly spaced. */
  readonly seed?: number | undefined
}

/** A constant rate with one tall peak. Throws a `TypeError` or `RangeError` that names the option that is wrong. */
export function spike(options: SpikeOptions): Traffic {
  expectOptions('spike', options, [...trafficOptionNames, 'rate', 'peak', 'per', 'from', 'lasting', 'seed'])
  const duration = parseDuration('duration', options.duration)
  const rate = expectPositiveInteger('rate', options.rate)
  const peak = expectPositiveInteger('peak', options.peak)
  if (peak <= rate) throw new RangeError(`Expected \`peak\` to be more than \`rate\`, ${rate}, got ${peak}`)
  const per = parseDuration('per', options.per)
  const from = parseDuration('from', options.from ?? Math.ceil(duration / 3))
  const to = from + parseDuration('lasting', options.lasting ?? Math.ceil(duration / 10))
  if (to > duration) {
    throw new RangeError(`Expected the peak to end within \`duration\`, ${duration} ms, got one from ${from} to ${to}`)
  }

  const stretches = [
    { from: 0, to: from, rate, per },
    { from, to, rate: peak, per },
    { from: to, to: duration, rate, per },
  ]
  return trafficAt(timesAtRate(stretches, options.seed), options)
}
