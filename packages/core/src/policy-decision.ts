import type { Decision, PolicyDecision } from './contract/limiter.ts'
import type { Mode, Policy, View } from './contract/policy.ts'
import { charge, fits, overcharge } from './counter.ts'

/** A policy and the name that the limiter gives it. */
export interface NamedPolicy {
  readonly name: string
  readonly policy: Policy
}

/** Whether all policies have room for their cost. */
export function admit(policies: readonly NamedPolicy[], costs: readonly number[], views: readonly View[]): boolean {
  for (let i = 0; i < policies.length; i += 1) {
    if (!fits((policies[i] as NamedPolicy).policy, (views[i] as View).used, costs[i] ?? 0)) return false
  }
  return true
}

/** What one policy says as it stands after the whole decision, whose outcome may not be its own. */
export function decide(
  policy: Policy,
  view: View,
  cost: number,
  now: number,
  outcome: Mode | 'refused',
): PolicyDecision {
  const charged = outcome === 'consume' || outcome === 'charge' ? cost : 0
  const after = { used: view.used, mark: view.mark, counted: 0 }
  charge(policy, after, charged, now)
  const allowed = fits(policy, view.used, cost)
  return {
    allowed,
    limit: policy.limit,
    used: usedUnits(policy, after.used),
    remaining: remaining(policy, after.used),
    retryAfterMs: allowed ? 0 : cost > policy.limit ? Number.POSITIVE_INFINITY : policy.retryAfter(view, cost, now),
    resetAfterMs: after.used > 0 ? policy.resetAfter(after.used, after.mark, now) : 0,
    delayMs: outcome === 'refused' || policy.delay === undefined ? 0 : policy.delay(view, now),
    cost: charged,
  }
}

/** Whole units that could still be consumed. */
export function remaining(policy: Policy, used: number): number {
  return Math.max(0, Math.floor((policy.ceiling - used) / policy.unit))
}

/** A share of a quota may hold a part of a unit more than its limit says. */
function usedUnits({ limit, ceiling, unit }: Policy, used: number): number {
  const units = Math.ceil(used / unit)
  return units > limit && used <= ceiling ? limit : units
}

/** What one policy says of a charge that was not admitted, and counted all the same. */
export function overcharged(policy: Policy, view: View, cost: number, now: number): PolicyDecision {
  const after = { ...view }
  overcharge(policy, after, cost, now)
  return {
    allowed: fits(policy, view.used, cost),
    limit: policy.limit,
    used: usedUnits(policy, after.used),
    remaining: remaining(policy, after.used),
    retryAfterMs: fits(policy, after.used, 1) ? 0 : policy.retryAfter(after, 1, now),
    resetAfterMs: after.used > 0 ? policy.resetAfter(after.used, after.mark, now) : 0,
    delayMs: 0,
    cost,
  }
}

/** What all policies say together, of which one binds. */
export interface Verdict {
  readonly allowed: boolean
  readonly binding: number
  readonly delayMs: number
  readonly now: number
}

/** One decision of all, with the numbers of the one that binds. */
export function ofAll(
  policies: readonly NamedPolicy[],
  decisions: readonly PolicyDecision[],
  verdict: Verdict,
): Decision {
  const { allowed, binding, delayMs, now } = verdict
  const own = decisions[binding] as PolicyDecision
  return {
    allowed,
    limit: own.limit,
    used: own.used,
    remaining: own.remaining,
    retryAfterMs: own.retryAfterMs,
    resetAfterMs: own.resetAfterMs,
    delayMs,
    cost: own.cost,
    at: now,
    policy: (policies[binding] as NamedPolicy).name,
    policies: byName(policies, decisions),
    source: 'store',
  }
}

/** Own properties whatever the names, `__proto__` among them. */
export function byName(
  policies: readonly NamedPolicy[],
  decisions: readonly PolicyDecision[],
): Readonly<Record<string, PolicyDecision>> {
  return Object.fromEntries(policies.map(({ name }, i) => [name, decisions[i] as PolicyDecision]))
}
