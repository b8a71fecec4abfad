import { type Ask, fits, type Policy, type View } from '@sluice/core'

/** How many numbers a reply has for each policy without a wait. */
const perPolicy = 2

/** Where views stand in a reply; in brief: without the waits, which are 0. */
export interface ViewsPlace {
  readonly offset: number
  readonly now: number
  readonly isBrief: boolean
}

/** The views that stand at a place of a reply, and the offset after them. */
export function viewsAt(
  numbers: readonly number[],
  { offset, now, isBrief }: ViewsPlace,
  policies: readonly Policy[],
): { readonly views: readonly View[]; readonly end: number } {
  const views: View[] = []
  let waits = offset + perPolicy * policies.length
  for (let i = 0; i < policies.length; i += 1) {
    const own = offset + perPolicy * i
    let wait = 0
    if (!isBrief && policies[i]?.wait !== undefined) {
      wait = numbers[waits] as number
      waits += 1
    }
    views.push({ used: numbers[own] as number, mark: now + (numbers[own + 1] as number), wait })
  }
  return { views, end: waits }
}

/** The views after a request of a run was charged; `undefined` when it was refused, or only looked. */
export function chargedViews(
  views: readonly View[],
  { mode, costs }: Ask,
  now: number,
  policies: readonly Policy[],
): View[] | undefined {
  if (mode !== 'consume') return undefined
  const charged: View[] = []
  for (let i = 0; i < policies.length; i += 1) {
    const policy = policies[i] as Policy
    const { used, mark, wait } = views[i] as View
    const cost = costs[i] as number
    if (!fits(policy, used, cost)) return undefined
    charged.push({ used: used + cost * policy.unit, mark: cost > 0 ? Math.max(mark, now) : mark, wait })
  }
  return charged
}
