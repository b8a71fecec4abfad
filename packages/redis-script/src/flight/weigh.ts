import type { Ask, Mode, Policy } from '@sluice/core'

/** How many requests to a bucket take Redis as long as this one, at worst; at least 1. */
export type Weigh = (request: Ask) => number

/** So many buckets in one decision are as much work as one: what a request costs beside its policies is no less. */
const bucketsOfOne = 4

/** A refund reads what is stored, writes it, and reads it back. */
function ofBucket(mode: Mode): number {
  return mode === 'refund' ? 1.5 : 1
}

const modes: readonly Mode[] = ['consume', 'charge', 'peek', 'refund', 'reset']

/** What the requests of a limiter are worth, by what its policies say of themselves. */
export function weighing(policies: readonly Policy[]): Weigh {
  const weightOf = (mode: Mode): number => {
    const work = policies.reduce((sum, policy) => sum + (policy.weigh?.(mode) ?? ofBucket(mode)), 0)
    return Math.max(1, work / bucketsOfOne)
  }
  const weights = Object.fromEntries(modes.map((mode) => [mode, weightOf(mode)])) as Record<Mode, number>
  return ({ mode }) => weights[mode]
}
