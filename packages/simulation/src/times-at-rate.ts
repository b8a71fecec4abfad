import { seededRandom } from './seeded-random.ts'
import { expectSize } from './traffic.ts'

/** A stretch of time, in ms, with a constant rate. */
export interface Stretch {
  readonly from: number
  readonly to: number
  /** How many requests come each `per` ms. */
  readonly rate: number
  readonly per: number
}

/** When the requests of the stretches come: evenly spaced, or, with a seed, as many at random times. In order. */
export function timesAtRate(stretches: readonly Stretch[], seed: number | undefined): number[] {
  expectSize(stretches.reduce((sum, stretch) => sum + sizeOf(stretch), 0))
  if (seed === undefined) return stretches.flatMap((stretch) => evenTimes(stretch))
  const random = seededRandom(seed)
  return stretches.flatMap((stretch) => randomTimes(stretch, random))
}

/** As many times as `count`, evenly spaced from `from` up to `to`, both in ms. */
export function spacedTimes(count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, (_, i) => from + Math.floor((i * (to - from)) / count))
}

function sizeOf({ from, to, rate, per }: Stretch): number {
  return Math.ceil(((to - from) * rate) / per)
}

function evenTimes(stretch: Stretch): number[] {
  const { from, to, rate, per } = stretch
  // Very long periods round: the last must not be pushed past the end.
  return Array.from({ length: sizeOf(stretch) }, (_, i) => Math.min(to - 1, from + Math.floor((i * per) / rate)))
}

function randomTimes(stretch: Stretch, random: () => number): number[] {
  const { from, to } = stretch
  const times = Array.from({ length: sizeOf(stretch) }, () => from + Math.floor(random() * (to - from)))
  return times.sort((a, b) => a - b)
}
