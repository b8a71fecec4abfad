import type { Ask } from '@sluice/core'
import { isSameKey } from '@sluice/core/internal'

/** Requests on the same keys, that a script decides one after the other. */
export interface KeyGroup {
  readonly key: Ask['key']
  /** Of the requests, in order. */
  readonly indexes: readonly number[]
}

/**
 * Requests by their keys. Those on a key for all policies are independent of all others, and so together. Where keys are
 * given by policy, requests that have one in common, or are connected by others, stay in order.
 */
export function keyGroups(requests: readonly Ask[]): readonly KeyGroup[] {
  for (let i = 0; i < requests.length; i += 1) {
    if (typeof (requests[i] as Ask).key !== 'string') return connectedGroups(requests)
  }
  return groupsByKey(requests)
}

function groupsByKey(requests: readonly Ask[]): readonly KeyGroup[] {
  const groups = new Map<string, { readonly key: string; readonly indexes: number[] }>()
  for (let i = 0; i < requests.length; i += 1) {
    const key = (requests[i] as Ask).key as string
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { key, indexes: [i] })
    else group.indexes.push(i)
  }
  return [...groups.values()]
}

function connectedGroups(requests: readonly Ask[]): readonly KeyGroup[] {
  return connected(requests).flatMap((indexes) => {
    const groups: { readonly key: Ask['key']; readonly indexes: number[] }[] = []
    for (const index of indexes) {
      const { key } = requests[index] as Ask
      const last = groups.at(-1)
      if (last !== undefined && isSameKey(last.key, key)) last.indexes.push(index)
      else groups.push({ key, indexes: [index] })
    }
    return groups
  })
}

/** The indexes of requests that are connected by their keys, set by set: by the first of each, and in order. */
function connected(requests: readonly Ask[]): readonly (readonly number[])[] {
  // Each request leads to an earlier one of its set, the first to itself.
  const earlier = requests.map((_, index) => index)
  const firstOf = (index: number): number => {
    const next = earlier[index] as number
    return next === index ? index : firstOf(next)
  }
  const width = requests.reduce((most, { key }) => (typeof key === 'string' ? most : key.length), 1)
  const seen = new Map<string, number>()
  for (const [index, { key }] of requests.entries()) {
    for (let policy = 0; policy < width; policy += 1) {
      const path = `${policy} ${typeof key === 'string' ? key : key[policy]}`
      const [one, other] = [firstOf(seen.get(path) ?? index), firstOf(index)]
      earlier[Math.max(one, other)] = Math.min(one, other)
      seen.set(path, index)
    }
  }
  const sets = new Map<number, number[]>()
  for (const index of requests.keys()) {
    const first = firstOf(index)
    const set = sets.get(first)
    if (set === undefined) sets.set(first, [index])
    else set.push(index)
  }
  return [...sets.values()]
}
