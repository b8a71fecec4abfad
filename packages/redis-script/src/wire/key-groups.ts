import type { Ask } from '@sluice/core'

/** The indexes of each key's requests: keys are independent, so each is decided by itself, and its requests in order. */
export function keyGroups(requests: readonly Ask[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (let i = 0; i < requests.length; i += 1) {
    const { key } = requests[i] as Ask
    const indexes = groups.get(key)
    if (indexes === undefined) groups.set(key, [i])
    else indexes.push(i)
  }
  return groups
}
