import { type AccessLog, replay } from '@sluice/simulation'
import type { Quota } from './comparison/algorithm.ts'
import { openAlgorithms } from './comparison/algorithms.ts'
import { isolatedRun } from './isolated-run.ts'
import type { Replayed } from './log-table.ts'
import type { OpenStore } from './open-store.ts'
import type { Progress } from './progress.ts'

/** What a replay needs. */
export interface ReplayLogOptions {
  readonly log: AccessLog
  readonly quota: Quota
  readonly store: OpenStore
  readonly progress: Progress
}

/** Replays a log through the algorithms that are open at first; one after the other, to save memory. */
export async function replayLog({ log, quota, store, progress }: ReplayLogOptions): Promise<readonly Replayed[]> {
  const { window } = quota
  const all = log.times.length.toLocaleString('en-US')

  const replayed: Replayed[] = []
  for (const algorithm of openAlgorithms({ opened: [] })) {
    const name = algorithm.name.toLowerCase()
    const onProgress = (count: number): void =>
      progress.at(count, () => `${name}: ${count.toLocaleString('en-US')} of ${all} requests`)
    // The replay itself forgets the clients.
    const run = { store, policy: algorithm.policy(quota), keys: [], start: 0 }
    const report = await isolatedRun(run, (limiter, clock) => replay({ log, limiter, clock, window, onProgress }))
    progress.next()
    replayed.push({ algorithm, report })
  }
  return replayed
}
