import { installedAlgorithms } from '../installed/installed-algorithms.ts'
import type { Algorithm, Quota } from './algorithm.ts'
import { knownAlgorithms } from './known-algorithms.ts'
import { laneAlgorithm } from './lane-algorithm.ts'

/** Every installed algorithm: those that the page tells the story of in its order, then any other by its name. */
export const algorithms: readonly Algorithm[] = lanesOf(installedAlgorithms)

function lanesOf(installed: typeof installedAlgorithms): readonly Algorithm[] {
  const order = [...knownAlgorithms.keys()]
  const placeOf = ({ id }: Algorithm): number => (order.includes(id) ? order.indexOf(id) : order.length)
  return installed
    .map((one) => laneAlgorithm(one, knownAlgorithms.get(one.packageName.slice(one.packageName.indexOf('/') + 1))))
    .sort((a, b) => placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1))
}

/** The algorithms whose lanes are open: those at first, and what the settings add. */
export function openAlgorithms({ opened }: { readonly opened: readonly string[] }): readonly Algorithm[] {
  return algorithms.filter(({ id, isOpenAtFirst }) => isOpenAtFirst || opened.includes(id))
}

/** The quota that an algorithm is given, so that all have the same limit or all promise the same. */
export function quotaFor(algorithm: Algorithm, quota: Quota, by: 'limit' | 'promise'): Quota {
  return by === 'promise' ? algorithm.keeping(quota) : quota
}

/** Why an algorithm cannot keep its quota, in the library's words; absent when all can. */
export function impossibility(quota: Quota, by: 'limit' | 'promise'): string | undefined {
  try {
    for (const algorithm of algorithms) algorithm.policy(quotaFor(algorithm, quota, by))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
