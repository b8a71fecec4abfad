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
export function charge(policy: Policy, state: Mutable<Pick<View, 'used' | 'mark'>>, cost: number, now: number): void {
  if (cost === 0) return
  state.used += cost * policy.unit
  state.mark = Math.max(state.mark, now)
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
