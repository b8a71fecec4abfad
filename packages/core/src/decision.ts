import type { Decision, PolicyDecision } from './contract/limiter.ts'
import type { Mode, Policy, View } from './contract/policy.ts'
import type { Answer, Ask } from './contract/store.ts'
import { fits } from './counter.ts'
import { admit, decide, type NamedPolicy, ofAll, overcharged, remaining } from './policy-decision.ts'
import { ofShadowed } from './shadow-decision.ts'

/** What an answer of the store means to the caller: the one place where views become decisions, for every store. */
export function toDecision(policies: readonly NamedPolicy[], ask: Ask, { now, views }: Answer): Decision {
  const costs = ask.mode === 'refund' ? noCosts : ask.costs
  if (ask.shadow !== undefined) return ofShadowed(policies, { mode: ask.mode, costs, shadow: ask.shadow }, views, now)
  if (ask.mode === 'charge' && !admit(policies, costs, views)) return ofOvercharge(policies, costs, views, now)
  return policies.length === 1
    ? ofOne(policies[0] as NamedPolicy, ask.mode, costs[0] ?? 0, views[0] as View, now)
    : ofSeveral(policies, ask.mode, costs, views, now)
}

const noCosts: readonly number[] = []

/** One policy binds in any case: most limiters have one, and this takes a third of the time. */
function ofOne({ name, policy }: NamedPolicy, mode: Mode, cost: number, view: View, now: number): Decision {
  const own = decide(policy, view, cost, now, fits(policy, view.used, cost) ? mode : 'refused')
  return {
    allowed: own.allowed,
    limit: own.limit,
    used: own.used,
    remaining: own.remaining,
    retryAfterMs: own.retryAfterMs,
    resetAfterMs: own.resetAfterMs,
    delayMs: own.delayMs,
    cost: own.cost,
    at: now,
    policy: name,
    // A name that is written out is faster than one that is computed.
    policies: name === 'default' ? { default: own } : { [name]: own },
    source: 'store',
  }
}

function ofSeveral(
  policies: readonly NamedPolicy[],
  mode: Mode,
  costs: readonly number[],
  views: readonly View[],
  now: number,
): Decision {
  const allowed = admit(policies, costs, views)
  const decisions: PolicyDecision[] = []
  let binding = 0
  let delayMs = 0
  let least = 0
  for (let i = 0; i < policies.length; i += 1) {
    const { policy } = policies[i] as NamedPolicy
    const view = views[i] as View
    const cost = costs[i] ?? 0
    const own = decide(policy, view, cost, now, allowed ? mode : 'refused')
    decisions.push(own)
    delayMs = Math.max(delayMs, own.delayMs)

    // A peek binds as the consume it foretells would: by what would be left. Least counts down, so the longest wait does too.
    const rank = allowed ? remaining(policy, view.used + cost * policy.unit) : -own.retryAfterMs
    if (i === 0 || rank < least) {
      binding = i
      least = rank
    }
  }
  return ofAll(policies, decisions, { allowed, binding, delayMs, now })
}

/** A charge that did not fit was counted all the same: a cost of 1 would wait until all policies have room for it again. */
function ofOvercharge(
  policies: readonly NamedPolicy[],
  costs: readonly number[],
  views: readonly View[],
  now: number,
): Decision {
  const decisions = policies.map(({ policy }, i) => overcharged(policy, views[i] as View, costs[i] ?? 0, now))
  const longest = Math.max(...decisions.map(({ retryAfterMs }) => retryAfterMs))
  const binding = decisions.findIndex(({ retryAfterMs }) => retryAfterMs === longest)
  return ofAll(policies, decisions, { allowed: false, binding, delayMs: 0, now })
}

/**
 * V8 gives objects with the same properties one layout, in which a property that has only held small integers can hold nothing
 * else. The first larger number made it give the layout up, and in one process of ten every decision was converted from the
 * old one ever after, which took ten times as long. A property that has held a text may hold anything, so each begins so.
 */
function settleLayouts(): void {
  const zero = () => 0
  const policy = { limit: 0, ceiling: 0, unit: 1, retryAfter: zero, resetAfter: zero } as unknown as Policy
  const ask: Ask = { key: '', mode: 'peek', costs: [0] }
  const decision = toDecision([{ name: 'default', policy }], ask, {
    now: 0,
    views: [{ used: 0, mark: 0, wait: 0, counted: 0 }],
  })
  for (const one of [decision.policies.default as PolicyDecision, decision]) {
    for (const name of Object.keys(one)) Reflect.set(one, name, '')
  }
}

settleLayouts()
