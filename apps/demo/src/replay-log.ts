import { type AccessLog, type ReplayReport, replay } from '@sluice/simulation'
import { type Algorithm, algorithms, fourPolicies, type Quota } from './four-policies.ts'
import { isolatedRun } from './isolated-run.ts'
import type { OpenStore } from './open-store.ts'

/** Replays a log through all four algorithms, each client under the quota. */
export async function replayLog(
  log: AccessLog,
  quota: Quota,
  store: OpenStore,
): Promise<Readonly<Record<Algorithm, ReplayReport>>> {
  const policies = fourPolicies(quota)
  const keys = new Set(log.records.map(({ client }) => client))
  const { window } = quota

  const run = async (algorithm: Algorithm): Promise<[Algorithm, ReplayReport]> => {
    const report = await isolatedRun({ store, policy: policies[algorithm], keys, start: 0 }, (limiter, clock) =>
      replay({ log, limiter, clock, window }),
    )
    return [algorithm, report]
  }
  return Object.fromEntries(await Promise.all(algorithms.map(run))) as Record<Algorithm, ReplayReport>
}
