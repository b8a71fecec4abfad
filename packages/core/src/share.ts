import type { Policy, View } from './contract/policy.ts'

/**
 * The part of a policy that one of several processes may give out by itself: every cost weighs as many times as there are
 * processes. It never gives out less than one unit at a time.
 */
export function shareOf(policy: Policy, processes: number): Policy {
  const weight = Math.min(processes, policy.limit)
  const { wait } = policy
  const share: Policy = {
    ...policy,
    limit: Math.floor(policy.limit / weight),
    unit: policy.unit * weight,
    retryAfter: (view: View, cost: number, now: number) => policy.retryAfter(view, cost * weight, now),
  }
  return wait === undefined ? share : { ...share, wait: (reading, cost, now) => wait(reading, cost * weight, now) }
}
