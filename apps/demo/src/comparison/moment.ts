import type { Decided } from '@sluice/simulation'
import type { Lane } from './compare.ts'
import { durationText } from './duration-text.ts'

/** What happened last in a lane, and why. */
export interface Moment {
  readonly outcome: 'admitted' | 'waits' | 'refused' | 'nothing'
  readonly reason: string
}

/** The last decision of the lane at or before a time, in ms from the start. */
export function momentAt({ decided, algorithm, quota }: Lane, at: number): Moment {
  const last = lastAt(decided, at)
  if (last === undefined) return { outcome: 'nothing', reason: 'nothing yet' }
  const { allowed, delayMs, remaining, retryAfterMs } = last.decision
  if (!allowed) return { outcome: 'refused', reason: algorithm.reason(quota, retryAfterMs) }
  if (delayMs > 0) return { outcome: 'waits', reason: `${durationText(delayMs)} for its turn, ${remaining} places left` }
  return { outcome: 'admitted', reason: `${remaining} left` }
}

/** Among decisions in time order, by halving. */
function lastAt(decided: readonly Decided[], at: number): Decided | undefined {
  let [from, to] = [0, decided.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((decided[middle]?.at ?? 0) <= at) from = middle + 1
    else to = middle
  }
  return decided[from - 1]
}
