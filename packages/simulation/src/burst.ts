import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { spacedTimes } from './times-at-rate.ts'
import { expectSize, type Traffic, type TrafficOptions, trafficAt, trafficOptionNames } from './traffic.ts'

export interface BurstOptions extends TrafficOptions {
  /** How many requests one burst has. */
  readonly size: number
  /** From one burst to the next; the first comes after half of it. */
  readonly every: Duration
  /** How long a burst takes, at most half of `every`. Default 1 ms: all at once. */
  readonly spread?: Duration | undefined
}

/** Bursts with silence between. Throws a `TypeError` or `RangeError` that names the option that is wrong. */
export function burst(options: BurstOptions): Traffic {
  expectOptions('burst', options, [...trafficOptionNames, 'size', 'every', 'spread'])
  const duration = parseDuration('duration', options.duration)
  const size = expectPositiveInteger('size', options.size)
  const every = parseDuration('every', options.every)
  const spread = parseDuration('spread', options.spread ?? 1)
  if (spread > 1 && 2 * spread > every) {
    throw new RangeError(`Expected \`spread\` to be at most half of \`every\`, ${every} ms, got ${spread} ms`)
  }

  const first = Math.floor(every / 2)
  const bursts = Math.max(0, Math.floor((duration - first - spread) / every) + 1)
  expectSize(bursts * size)
  const starts = Array.from({ length: bursts }, (_, i) => first + i * every)
  return trafficAt(
    starts.flatMap((start) => spacedTimes(size, start, start + spread)),
    options,
  )
}
