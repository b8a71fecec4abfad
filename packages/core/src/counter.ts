import type { Policy, View } from './contract/policy.ts'

/**
 * The rule that every decision follows, whatever the algorithm: check, charge, mark. It stands here once for TypeScript, and
 * once in the scripts that run in Redis.
 */

/** May this cost go ahead, as far as this policy alone is concerned. */
export function fits(policy: Policy, used: number, cost: number): boolean {
  return cost === 0 || cost * policy.unit <= policy.ceiling - used
}

/** Adds an admitted cost to what is used, in place. */
export function charge(policy: Policy, state: Charged, cost: number, now: number): void {
  if (cost === 0) return
  state.used += cost * policy.unit
  state.mark = dateOfCharge(policy, state.mark, now)
  if (policy.counts) state.counted = countedWith(state.counted, cost)
}

/**
 * Adds a cost that was not admitted to what is used, in place, up to the policy's `mostUsed`. Returns whether it added anything.
 * What is above that already, under options that have changed, stays as it is.
 */
export function overcharge(policy: Policy, state: Charged, cost: number, now: number): boolean {
  // A sum past 2^53 may be rounded, but never to below that.
  const used = Math.min(state.used + cost * policy.unit, mostUsed(policy))
  if (used <= state.used) return false
  state.used = used
  state.mark = dateOfCharge(policy, state.mark, now)
  if (policy.counts) state.counted = countedWith(state.counted, cost)
  return true
}

/** The mark of a state that is charged at `now`. */
function dateOfCharge(policy: Policy, mark: number, now: number): number {
  return policy.dateCharge === undefined ? Math.max(mark, now) : policy.dateCharge(mark, now)
}

function mostUsed(policy: Policy): number {
  return policy.mostUsed ?? Number.MAX_SAFE_INTEGER
}

/** Whether all of a cost is counted when it is charged in any case, and not just as much as a state holds. */
export function holds(policy: Policy, used: number, cost: number): boolean {
  return used + cost * policy.unit <= mostUsed(policy)
}

/** What was counted, with a cost: past 2^53 - 1 nobody knows, which is -1. */
export function countedWith(counted: number, cost: number): number {
  return counted < 0 || cost > Number.MAX_SAFE_INTEGER - counted ? -1 : counted + cost
}

type Charged = { -readonly [K in keyof Pick<View, 'used' | 'mark' | 'counted'>]: View[K] }
