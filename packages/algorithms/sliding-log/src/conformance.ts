import { largest, least, type Model, type Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { largestLimit, slidingLog } from './sliding-log.ts'

interface Options {
  readonly limit: number
  readonly window: number
}

interface Entry {
  readonly when: bigint
  readonly cost: bigint
}

/** Sliding log as the specification has it: the list of what was admitted, oldest first. */
function logModel({ limit, window }: Options): Model<readonly Entry[]> {
  const length = BigInt(window)
  const max = BigInt(limit)
  const sum = (entries: readonly Entry[] = []): bigint => entries.reduce((total, { cost }) => total + cost, 0n)

  return {
    limit: max,
    shapes: false,
    at(entries = [], now) {
      const newest = entries.at(-1)?.when ?? now
      const movedBy = newest - now > length ? newest - now : 0n
      const date = newest > now && movedBy === 0n ? newest : now
      const stored = entries.map(({ when, cost }) => ({ when: when - movedBy, cost }))
      const live = stored.filter(({ when }) => when > date - length)
      return { state: live.length > 0 ? live : undefined, stored, movedBy }
    },
    used: sum,
    remaining(entries) {
      const left = max - sum(entries)
      return left > 0n ? left : 0n
    },
    fits: (entries, cost) => sum(entries) + cost <= max,
    take({ state = [], stored = [] }, cost, now, until) {
      const added = least(cost, largest - sum(state))
      if (added <= 0n) return stored
      const newest = stored.at(-1)?.when ?? now
      const when = newest > now ? newest : now
      // While a longer window outlives this one, nothing that it holds is let go.
      const kept = until > when + length ? stored : state
      const isFull = new Set(state.map((entry) => entry.when)).size >= limit
      const joined = kept.map((entry) => (isFull && entry.when === newest ? { ...entry, when } : entry))
      return withoutOldest([...joined, { when, cost: added }], sum(kept) + added - largest)
    },
    giveBack({ state, stored = [] }, cost) {
      if (sum(state) <= cost) return undefined
      const kept = [...stored]
      let left = cost
      while (left > 0n && kept.length > 0) {
        const newest = kept.pop() as Entry
        if (newest.cost > left) kept.push({ ...newest, cost: newest.cost - left })
        left -= newest.cost
      }
      return kept.length > 0 ? kept : undefined
    },
  }
}

/** Without so many units, the oldest first. */
function withoutOldest(entries: readonly Entry[], units: bigint): readonly Entry[] {
  const [oldest, ...rest] = entries
  if (oldest === undefined || units <= 0n) return entries
  if (oldest.cost > units) return [{ ...oldest, cost: oldest.cost - units }, ...rest]
  return withoutOldest(rest, units - oldest.cost)
}

// Never drawn: nothing that the factory accepts; but no history is long enough to fill a log of more than some 200 runs.
const options: fc.Arbitrary<Options> = fc.record({
  limit: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(100, largestLimit) },
  ),
  window: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 10, 97, 1000, 60_000, 3_600_000) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 50 - 1, 2 ** 50) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 50 }) },
  ),
})

/** Sliding log, ready to be certified. */
export const subject: Subject<Options> = {
  name: 'sliding-log',
  options,
  quota: (limit, window) => ({ limit: Math.min(limit, largestLimit), window }),
  changed: () => options,
  resized: (given, limit) => ({ ...given, limit }),
  policy: ({ limit, window }) => slidingLog({ limit, window: `${window}ms` }),
  model: logModel,
  span: ({ window }) => window,
  // The windows (t - W, t] that cover an interval of τ ms, both ends included.
  envelope: ({ limit, window }, elapsed) => BigInt(limit) * (elapsed / BigInt(window) + 1n),
  reversedEnvelope: ({ limit, window }, elapsed) => BigInt(limit) * (elapsed / BigInt(window) + 1n),
  larger: (a, b) => ({ limit: Math.max(a.limit, b.limit), window: Math.min(a.window, b.window) }),
}
