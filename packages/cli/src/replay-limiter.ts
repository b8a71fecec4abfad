import type { CheckedLimiter } from '@sluice/config'
import { createLimiter, memoryStore, type Policies } from '@sluice/core'
import { type AccessLog, type ReplayReport, replay, virtualClock } from '@sluice/simulation'

/** A limiter of a document, to be tried on a log. */
export interface Candidate {
  /** The document, as it was called. */
  readonly file: string
  readonly limiter: string
  readonly checked: CheckedLimiter
}

/** What a limiter would have done to a log. */
export interface Replayed extends Candidate {
  readonly policies: readonly string[]
  /** For each request of the log 0 where it was admitted, else the index of the policy that binds, from 1. */
  readonly outcomes: Uint8Array
  readonly report: ReplayReport
  /** What the worst window of the report is of. */
  readonly windowMs: number
}

/** Sends a log through a limiter, in memory and virtual time. */
export async function replayLimiter(
  log: AccessLog,
  candidate: Candidate,
  onProgress: (requests: number) => void,
): Promise<Replayed> {
  const { policies } = candidate.checked
  const names = Object.keys(policies)
  const windowMs = Math.max(...Object.values(policies).map(({ window }) => window))
  const clock = virtualClock()
  const store = memoryStore({ ...boundsFor(log, policies), clock: clock.now })
  const limiter = createLimiter({ name: 'replay', policies, store })
  const outcomes = new Uint8Array(log.times.length)

  const report = await replay({
    log,
    limiter,
    clock,
    window: windowMs,
    onProgress,
    onDecision({ request, decision: { allowed, policy } }) {
      if (!allowed) outcomes[request] = names.indexOf(policy) + 1
    },
  })
  return { ...candidate, policies: names, outcomes, report, windowMs }
}

/** A store that never has to forget: half of its room holds every client of the log. */
function boundsFor(
  { clients }: AccessLog,
  policies: Policies,
): { readonly maxKeys: number; readonly maxBytes: number } {
  const states = Object.values(policies)
  return {
    maxKeys: Math.max(100_000, 2 * (clients.length + 1) * states.length),
    maxBytes: Number.MAX_SAFE_INTEGER,
  }
}
