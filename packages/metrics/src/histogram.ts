import type { Distribution } from './counts.ts'

/** How often a value was at most each of the bounds, and above all of them. */
export interface Histogram extends Distribution {
  readonly bounds: readonly number[]
  /** By bucket, one more than the bounds; not added up. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sum: number
}

/** An empty histogram; `bounds` go up. */
export function histogram(bounds: readonly number[]): Histogram {
  const counts = [...bounds.map(() => 0), 0]
  let sum = 0
  let count = 0
  return {
    bounds,
    counts,
    get count() {
      return count
    },
    get sum() {
      return sum
    },
    record(value) {
      let bucket = 0
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1
      counts[bucket] = (counts[bucket] as number) + 1
      count += 1
      sum += value
    },
  }
}
