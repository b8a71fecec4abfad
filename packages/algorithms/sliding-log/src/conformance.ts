import type { Model, Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { type SlidingLogOptions, slidingLog } from './sliding-log.ts'

interface Options extends SlidingLogOptions {
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
      const redated = newest - now > length
      const shift = redated ? newest - now : 0n
      const date = newest > now && !redated ? newest : now
      const live = entries
        .map(({ when, cost }) => ({ when: when - shift, cost }))
        .filter(({ when }) => when > date - length)
      return { state: live.length > 0 ? live : undefined, redated }
    },
    remaining(entries) {
      const left = max - sum(entries)
      return left > 0n ? left : 0n
    },
    fits: (entries, cost) => sum(entries) + cost <= max,
    take(entries = [], cost, now) {
      const newest = entries.at(-1)?.when ?? now
      return [...entries, { when: newest > now ? newest : now, cost }]
    },
    giveBack(entries, cost) {
      const kept = [...entries]
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

const options: fc.Arbitrary<Options> = fc.record({
  limit: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(100, 10_000) },
  ),
  window: fc.constantFrom(1, 2, 10, 97, 1000, 60_000, 3_600_000),
})

/** Sliding log, ready to be certified. */
export const subject: Subject<Options> = {
  name: 'sliding-log',
  options,
  changed: () => options,
  resized: (given, limit) => ({ ...given, limit }),
  policy: slidingLog,
  model: logModel,
  span: ({ window }) => window,
  // The windows (t - W, t] that cover an interval of τ ms, both ends included.
  envelope: ({ limit, window }, elapsed) => BigInt(limit) * (elapsed / BigInt(window) + 1n),
  reversedEnvelope: ({ limit, window }, elapsed) => BigInt(limit) * (elapsed / BigInt(window) + 1n),
  larger: (a, b) => ({ limit: Math.max(a.limit, b.limit), window: Math.min(a.window, b.window) }),
}
