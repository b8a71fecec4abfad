import type { Decided } from '@sluice/simulation'
import type { Comparison, Lane } from './compare.ts'
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
  const { delayMs, remaining, retryAfterMs } = last.decision
  const reasons = {
    refused: () => algorithm.reason(quota, retryAfterMs),
    waits: () => `${durationText(delayMs)} for its turn, ${remaining} ${remaining === 1 ? 'place' : 'places'} left`,
    admitted: () => `${remaining} left`,
  }
  const outcome = outcomeOf(last)
  return { outcome, reason: reasons[outcome]() }
}

/** The first moment at which the lanes differ most: as many outcomes as can be, then as many refusals. */
export function tellingMoment({ traffic, lanes }: Comparison): number {
  let [best, most] = [0, 0]
  for (const at of new Set(traffic.arrivals.map((arrival) => arrival.at))) {
    const outcomes = lanes.map((lane) => outcomeAt(lane, at))
    const refused = outcomes.filter((outcome) => outcome === 'refused').length
    const score = new Set(outcomes).size * (lanes.length + 1) + refused
    if (score > most) [best, most] = [at, score]
  }
  return best
}

function outcomeAt({ decided }: Lane, at: number): Moment['outcome'] {
  const last = lastAt(decided, at)
  return last === undefined ? 'nothing' : outcomeOf(last)
}

function outcomeOf({ decision }: Decided): 'admitted' | 'waits' | 'refused' {
  if (!decision.allowed) return 'refused'
  return decision.delayMs > 0 ? 'waits' : 'admitted'
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
