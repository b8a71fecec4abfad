import type { Decision, Key } from '../contract/limiter.ts'
import type { NamedPolicy } from '../policy-decision.ts'
import { keyText } from '../request-key.ts'
import { type Request, type Requester, refundRequest } from '../requests.ts'
import type { Turn } from './wait-for-turn.ts'

/** The limiter that a turn is asked of. */
export interface TurnSource extends Requester {
  readonly policies: readonly NamedPolicy[]
}

/** The turn that a request on a key waits for. */
export function turnOf(
  limiter: TurnSource,
  key: Key,
  request: Request,
  ask: (request: Request) => Promise<Decision>,
): Turn {
  const { policies } = limiter
  const delaying = policies.filter(({ policy }) => policy.delay !== undefined)
  return {
    line: keyText(request.key),
    costs: request.costs,
    mostDelayMs: Math.max(0, ...delaying.map(({ policy }) => policy.window)),
    consume: () => ask(request),
    peek: (costs) => ask({ ...request, mode: 'peek', costs: possible(costs, request, policies) }),
    giveBack(decision) {
      ask(refundRequest(limiter, key, { of: decision })).catch(() => {})
    },
    waitOf: (decision, ahead) => {
      const delays = delaying.map((one) => delayOf(decision, one, ahead?.[policies.indexOf(one)] ?? 0))
      return Math.max(decision.allowed ? 0 : decision.retryAfterMs, ...delays)
    },
  }
}

/**
 * Of what all in a line cost together, no more than may ever be admitted at once: more is not impossible, but takes even longer. An
 * algorithm with dates of its own may admit one after the other sooner than all at once, so there only the own cost tells for certain.
 */
function possible(costs: readonly number[], request: Request, policies: readonly NamedPolicy[]): readonly number[] {
  return costs.map((cost, i) => {
    const { policy } = policies[i] as NamedPolicy
    const own = request.costs[i] as number
    return policy.dateCharge === undefined ? Math.max(own, Math.min(cost, policy.limit)) : own
  })
}

/**
 * A policy that delays makes wait until all has gone that is used now, whether it has room for one more already or not, and then
 * what is ahead.
 */
function delayOf(decision: Decision, { name, policy }: NamedPolicy, ahead: number): number {
  const own = decision.policies[name]
  if (own === undefined || own.shadow !== undefined) return 0
  const present = decision.allowed ? own.delayMs : own.resetAfterMs
  return present + Math.floor((ahead * policy.window) / policy.limit)
}
