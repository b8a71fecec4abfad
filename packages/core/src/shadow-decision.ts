import type { Decision, PolicyDecision, ShadowDecision } from './contract/limiter.ts'
import type { View } from './contract/policy.ts'
import type { Ask } from './contract/store.ts'
import { fits } from './counter.ts'
import { decide, type NamedPolicy, ofAll, overcharged, remaining } from './policy-decision.ts'

/** What is asked of policies of which some are only watched. */
export interface ShadowedAsk extends Pick<Ask, 'mode' | 'costs'> {
  readonly shadow: readonly boolean[]
}

/** A decision where some policies are only watched: the others decide as if they were alone, and only they can bind. */
export function ofShadowed(
  policies: readonly NamedPolicy[],
  { mode, costs, shadow }: ShadowedAsk,
  views: readonly View[],
  now: number,
): Decision {
  const room = policies.map(({ policy }, i) => fits(policy, (views[i] as View).used, costs[i] ?? 0))
  const allowed = room.every((hasRoom, i) => hasRoom || shadow[i])
  const said = policies.map(({ policy }, i) => {
    const [view, cost] = [views[i] as View, costs[i] ?? 0]
    // What is only watched is charged whatever the others say.
    const isAdmitted = room[i] === true && (allowed || (mode === 'charge' && shadow[i] === true))
    if (mode === 'charge' && !isAdmitted) return overcharged(policy, view, cost, now)
    return decide(policy, view, cost, now, isAdmitted ? mode : 'refused')
  })
  const left = policies.map(({ policy }, i) =>
    allowed
      ? remaining(policy, (views[i] as View).used + (costs[i] ?? 0) * policy.unit)
      : -(said[i]?.retryAfterMs ?? 0),
  )
  const decisions = setAside(said, shadow)
  const binding = leastOf(bindable(shadow), left)
  const delayMs = Math.max(...decisions.map((own) => own.delayMs))
  return { ...ofAll(policies, decisions, { allowed, binding, delayMs, now }), shadow: together(said, room) }
}

/** The policies that can bind: those that are not only watched; all of them where all are. */
export function bindable(shadow: readonly boolean[]): readonly number[] {
  const indexes = [...shadow.keys()]
  return shadow.every(Boolean) ? indexes : indexes.filter((i) => !shadow[i])
}

/** What a policy that is only watched says, is said as its shadow. */
export function setAside(said: readonly PolicyDecision[], shadow: readonly boolean[]): readonly PolicyDecision[] {
  return said.map((own, i) => {
    return shadow[i] ? { ...own, allowed: true, retryAfterMs: 0, delayMs: 0, shadow: shadowed(own) } : own
  })
}

/** What is said, as a shadow. */
export function shadowed({ allowed, retryAfterMs, delayMs }: PolicyDecision): ShadowDecision {
  return { allowed, retryAfterMs, delayMs }
}

/** What all policies would have said if none were only watched. */
function together(said: readonly PolicyDecision[], room: readonly boolean[]): ShadowDecision {
  const allowed = room.every(Boolean)
  return {
    allowed,
    retryAfterMs: Math.max(...said.map((own) => own.retryAfterMs)),
    delayMs: allowed ? Math.max(...said.map((own) => own.delayMs)) : 0,
  }
}

/** The first of those whose number is the least. */
export function leastOf(indexes: readonly number[], numbers: readonly number[]): number {
  return indexes.reduce((least, i) => ((numbers[i] as number) < (numbers[least] as number) ? i : least))
}
