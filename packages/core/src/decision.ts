import type { Answer, Ask, Decision, Policy, PolicyDecision, View } from './contract.ts'

/** May this cost go ahead, as far as this policy alone is concerned. The Lua kernel holds the same comparison. */
export function fits(policy: Policy, used: number, cost: number): boolean {
  return cost === 0 || cost * policy.unit <= policy.ceiling - used
}

/** What an answer of the store means to the caller: the one place where views become decisions, for every store. */
export function toDecision(policies: Readonly<Record<string, Policy>>, ask: Ask, answer: Answer): Decision {
  const { now, views } = answer
  const names = Object.keys(policies)
  const seen = names.map((name, i) => {
    const policy = policies[name] as Policy
    const view = views[i] as View
    const cost = ask.mode === 'refund' ? 0 : (ask.costs[i] as number)
    return { name, policy, view, cost, allowed: fits(policy, view.used, cost) }
  })
  const allowed = seen.every((one) => one.allowed)
  const charged = allowed && ask.mode === 'consume'

  const decisions: Record<string, PolicyDecision> = Object.create(null)
  let binding: { name: string; decision: PolicyDecision; left: number } | undefined
  let delayMs = 0
  for (const { name, policy, view, cost, allowed: fitting } of seen) {
    const after = charge(view, policy, cost, now)
    const { used, mark } = charged ? after : view
    const decision: PolicyDecision = {
      allowed: fitting,
      limit: policy.limit,
      remaining: remaining(policy, used),
      retryAfterMs: fitting ? 0 : cost > policy.limit ? Number.POSITIVE_INFINITY : policy.retryAfter(view, cost, now),
      resetAfterMs: used > 0 ? policy.resetAfter(used, mark, now) : 0,
      delayMs: allowed ? (policy.delay?.(view, now) ?? 0) : 0,
    }
    decisions[name] = decision
    delayMs = Math.max(delayMs, decision.delayMs)

    // A peek binds as the consume it foretells would: by what would be left.
    const left = allowed ? remaining(policy, after.used) : 0
    const binds =
      binding === undefined || (allowed ? left < binding.left : decision.retryAfterMs > binding.decision.retryAfterMs)
    if (binds) binding = { name, decision, left }
  }
  const { name, decision } = binding as NonNullable<typeof binding>
  return { ...decision, allowed, delayMs, policy: name, policies: decisions, source: 'store' }
}

function charge(view: View, policy: Policy, cost: number, now: number): Pick<View, 'used' | 'mark'> {
  return cost === 0 ? view : { used: view.used + cost * policy.unit, mark: Math.max(view.mark, now) }
}

function remaining(policy: Policy, used: number): number {
  return Math.max(0, Math.floor((policy.ceiling - used) / policy.unit))
}
