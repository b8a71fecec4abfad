import { type AccessLog, type ReplayReport, replay } from '@sluice/simulation'
import { type Algorithm, algorithms, fourPolicies, type Quota } from './four-policies.ts'
import { isolatedRun } from './isolated-run.ts'
import type { OpenStore } from './open-store.ts'
import type { Progress } from './progress.ts'

/** What a replay needs. */
export interface ReplayLogOptions {
  readonly log: AccessLog
  readonly quota: Quota
  readonly store: OpenStore
  readonly progress: Progress
}

/** Replays a log through all four algorithms, each client under the quota; one after the other, to save memory. */
export async function replayLog({
  log,
  quota,
  store,
  progress,
}: ReplayLogOptions): Promise<Readonly<Record<Algorithm, ReplayReport>>> {
  const policies = fourPolicies(quota)
  const { window } = quota
  const all = log.times.length.toLocaleString('en-US')

  const reports: [Algorithm, ReplayReport][] = []
  for (const algorithm of algorithms) {
    const onProgress = (count: number): void =>
      progress.at(count, () => `${algorithm.replace('-', ' ')}: ${count.toLocaleString('en-US')} of ${all} requests`)
    // The replay itself forgets the clients.
    const run = { store, policy: policies[algorithm], keys: [], start: 0 }
    const report = await isolatedRun(run, (limiter, clock) => replay({ log, limiter, clock, window, onProgress }))
    progress.next()
    reports.push([algorithm, report])
  }
  return Object.fromEntries(reports) as Record<Algorithm, ReplayReport>
}
