import { simulate, type Timeline } from '@sluice/simulation'
import { type Algorithm, algorithms, type Quota } from './four-policies.ts'
import { isolatedRun } from './isolated-run.ts'
import type { OpenStore, StoreKind } from './open-store.ts'
import type { PatternName } from './patterns.ts'
import type { Comparison } from './read-comparison.ts'

/** What `/compare` answers. All times are in ms. */
export interface CompareResult extends Quota {
  readonly pattern: PatternName
  readonly intensity: number
  readonly store: StoreKind
  readonly duration: number
  readonly results: readonly AlgorithmResult[]
}

/** What one algorithm made of the traffic. */
export interface AlgorithmResult extends Timeline {
  readonly algorithm: Algorithm
}

const newYear = Date.UTC(2026, 0, 1)
const bucketsPerWindow = 20

/**
 * Sends one stream of traffic through all four algorithms, each with state of its own, in virtual time. Rejects once the
 * signal fires.
 */
export async function compare(comparison: Comparison, store: OpenStore, signal?: AbortSignal): Promise<CompareResult> {
  const { pattern, intensity, quota, traffic, policies } = comparison
  const { window } = quota
  // At a boundary between two windows, so that the fixed windows fall on the marks of the time axis.
  const start = Math.ceil(newYear / window) * window
  const bucket = Math.ceil(window / bucketsPerWindow)
  const keys = new Set(traffic.arrivals.map(({ key }) => key))

  const run = async (algorithm: Algorithm): Promise<AlgorithmResult> => {
    const timeline = await isolatedRun(
      { store, policy: policies[algorithm], keys, start, ...(signal !== undefined && { signal }) },
      (limiter, clock) => simulate({ traffic, limiter, clock, bucket, window }),
    )
    return { algorithm, ...timeline }
  }
  const results = await Promise.all(algorithms.map(run))
  return { pattern, intensity, ...quota, store: store.kind, duration: traffic.duration, results }
}
