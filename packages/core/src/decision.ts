import type { Decision, PolicyDecision } from './contract/limiter.ts'
import type { Policy, View } from './contract/policy.ts'
import type { Answer, Ask } from './contract/store.ts'
import { charge, fits } from './counter.ts'

/** A policy and the name that the limiter gives it. */
export interface NamedPolicy {
  readonly name: string
  readonly policy: Policy
}

/** What an answer of the store means to the caller: the one place where views become decisions, for every store. */
export function toDecision(policies: readonly NamedPolicy[], ask: Ask, { now, views }: Answer): Decision {
  const costs = ask.mode === 'refund' ? noCosts : ask.costs
  const [only] = policies
  if (policies.length === 1 && only !== undefined) return lone(only, ask, costs[0] ?? 0, viewAt(views, 0), now)

  let allowed = true
  for (let i = 0; i < policies.length; i += 1) {
    allowed &&= fits(policyAt(policies, i), viewAt(views, i).used, costs[i] ?? 0)
  }
  const outcome = outcomeOf(ask, allowed)

  const decisions: PolicyDecision[] = []
  let binding = 0
  let delayMs = 0
  let least = 0
  for (let i = 0; i < policies.length; i += 1) {
    const policy = policyAt(policies, i)
    const view = viewAt(views, i)
    const cost = costs[i] ?? 0
    const decision = decide(policy, view, cost, now, outcome)
    decisions.push(decision)
    delayMs = Math.max(delayMs, decision.delayMs)

    // A peek binds as the consume it foretells would: by what would be left. Least counts down, so the longest wait does too.
    const rank = allowed ? remaining(policy, view.used + cost * policy.unit) : -decision.retryAfterMs
    if (i === 0 || rank < least) {
      binding = i
      least = rank
    }
  }

  const { limit, remaining: left, retryAfterMs, resetAfterMs } = decisions[binding] as PolicyDecision
  const policy = (policies[binding] as NamedPolicy).name
  // Own properties whatever the names, `__proto__` among them.
  const own = Object.fromEntries(policies.map(({ name }, i) => [name, decisions[i] as PolicyDecision]))
  return {
    allowed,
    limit,
    remaining: left,
    retryAfterMs,
    resetAfterMs,
    delayMs,
    policy,
    policies: own,
    source: 'store',
  }
}

const noCosts: readonly number[] = []

/** The same for one policy, which binds in any case: most limiters have one, and this takes a third of the time. */
function lone({ name, policy }: NamedPolicy, ask: Ask, cost: number, view: View, now: number): Decision {
  const own = decide(policy, view, cost, now, outcomeOf(ask, fits(policy, view.used, cost)))
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, delayMs } = own
  return {
    allowed,
    limit,
    remaining,
    retryAfterMs,
    resetAfterMs,
    delayMs,
    policy: name,
    // A name that is written out is faster than one that is computed.
    policies: name === 'default' ? { default: own } : { [name]: own },
    source: 'store',
  }
}

type Outcome = 'charged' | 'allowed' | 'refused'

function outcomeOf({ mode }: Ask, allowed: boolean): Outcome {
  return !allowed ? 'refused' : mode === 'consume' ? 'charged' : 'allowed'
}

function decide(policy: Policy, view: View, cost: number, now: number, outcome: Outcome): PolicyDecision {
  const after = { used: view.used, mark: view.mark }
  if (outcome === 'charged') charge(policy, after, cost, now)
  const allowed = fits(policy, view.used, cost)
  return {
    allowed,
    limit: policy.limit,
    remaining: remaining(policy, after.used),
    retryAfterMs: allowed ? 0 : cost > policy.limit ? Number.POSITIVE_INFINITY : policy.retryAfter(view, cost, now),
    resetAfterMs: after.used > 0 ? policy.resetAfter(after.used, after.mark, now) : 0,
    delayMs: outcome === 'refused' || policy.delay === undefined ? 0 : policy.delay(view, now),
  }
}

function remaining(policy: Policy, used: number): number {
  return Math.max(0, Math.floor((policy.ceiling - used) / policy.unit))
}

function policyAt(policies: readonly NamedPolicy[], i: number): Policy {
  return (policies[i] as NamedPolicy).policy
}

function viewAt(views: readonly View[], i: number): View {
  return views[i] as View
}
