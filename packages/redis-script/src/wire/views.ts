import { type Ask, charge, fits, type Policy, type View } from '@sluice/core'

/** How many numbers a reply has for each policy, before what only some policies have. */
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
  let counts = offset + perPolicy * policies.length
  let waits = counts + policies.filter((policy) => policy.counts).length
  for (let i = 0; i < policies.length; i += 1) {
    const own = offset + perPolicy * i
    let wait = 0
    if (!isBrief && policies[i]?.wait !== undefined) {
      wait = numbers[waits] as number
      waits += 1
    }
    let counted = 0
    if (policies[i]?.counts) {
      counted = numbers[counts] as number
      counts += 1
    }
    views.push({ used: numbers[own] as number, mark: now + (numbers[own + 1] as number), wait, counted })
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
    const view = views[i] as View
    const cost = costs[i] as number
    if (!fits(policy, view.used, cost)) return undefined
    const after = { ...view }
    charge(policy, after, cost, now)
    charged.push(after)
  }
  return charged
}
