import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import { spacedTimes } from './times-at-rate.ts'
import { expectSize, type Traffic, type TrafficOptions, trafficAt, trafficOptionNames } from './traffic.ts'

export interface BoundaryBurstOptions extends TrafficOptions {
  /** How many requests come just before each boundary, and how many just after it. */
  readonly size: number
  /** The boundaries are the multiples of it from the start on; let the clock start at a multiple of it, too. */
  readonly window: Duration
  /** How long before a boundary the requests begin, and how long after it they end, at most half of `window`. Default 1 ms. */
  readonly spread?: Duration | undefined
}

/**
 * Bursts just before and just after each boundary between two windows: what lets a fixed window admit twice its limit.
 * Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function boundaryBurst(options: BoundaryBurstOptions): Traffic {
  expectOptions('boundaryBurst', options, [...trafficOptionNames, 'size', 'window', 'spread'])
  const duration = parseDuration('duration', options.duration)
  const size = expectPositiveInteger('size', options.size)
  const window = parseDuration('window', options.window)
  const spread = parseDuration('spread', options.spread ?? 1)
  if (spread > 1 && 2 * spread > window) {
    throw new RangeError(`Expected \`spread\` to be at most half of \`window\`, ${window} ms, got ${spread} ms`)
  }

  const count = Math.max(0, Math.floor((duration - spread) / window))
  expectSize(2 * count * size)
  const boundaries = Array.from({ length: count }, (_, i) => (i + 1) * window)
  return trafficAt(
    boundaries.flatMap((at) => [...spacedTimes(size, at - spread, at), ...spacedTimes(size, at, at + spread)]),
    options,
  )
}
