import { longestDuration } from '@sluice/core/internal'
import { ceilDiv, largest, least, type Model, type Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { plainWindow } from './plain-window.ts'

interface Options {
  readonly limit: number
  /** In ms. */
  readonly window: number
}

interface WindowState {
  readonly start: bigint
  readonly end: bigint
  readonly count: bigint
}

/** Plain window as its specification has it: a count, and the window [start, end) that it belongs to. */
function windowModel({ limit, window }: Options): Model<WindowState> {
  const length = BigInt(window)
  const max = BigInt(limit)

  return {
    limit: max,
    shapes: false,
    at(state, now) {
      if (state === undefined || state.end <= now) return { state: undefined, stored: undefined, movedBy: 0n }
      const span = state.end - state.start > length ? state.end - state.start : length
      const end = state.start + span
      const start = end - now <= 2n * span ? state.start : now
      const read = { start, end: start + span, count: state.count }
      return { state: read, stored: read, movedBy: end - read.end }
    },
    used: (state) => state?.count ?? 0n,
    remaining(state) {
      const left = max - (state?.count ?? 0n)
      return left > 0n ? left : 0n
    },
    fits: (state, cost) => (state?.count ?? 0n) + cost <= max,
    take({ state }, cost, now) {
      if (state === undefined) return { start: now, end: now + length, count: cost }
      return { ...state, count: least(state.count + cost, largest) }
    },
    giveBack: ({ state }, cost) =>
      state !== undefined && state.count > cost ? { ...state, count: state.count - cost } : undefined,
  }
}

// Never drawn: nothing that the factory accepts.
const options: fc.Arbitrary<Options> = fc.record({
  limit: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(1000, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER) },
  ),
  window: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 10, 60, 97, 1000, 1001, 60_000, 3_600_000) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 50 - 1, 2 ** 50) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 50 }) },
  ),
})

/** Plain window, ready for the laws. */
export const subject: Subject<Options> = {
  name: 'plain-window',
  options,
  quota: (limit, window) => ({ limit, window }),
  // A multiple or a divisor: of two windows that are neither, one may end within the other.
  changed: ({ window }) =>
    fc
      .record({ limit: options.map(({ limit }) => limit), factor: fc.constantFrom(1, 2, 3, 60), longer: fc.boolean() })
      .map(({ limit, factor, longer }) => {
        if (longer && window * factor <= longestDuration) return { limit, window: window * factor }
        return { limit, window: window % factor === 0 ? window / factor : window }
      }),
  resized: (given, limit) => ({ ...given, limit }),
  policy: ({ limit, window }) => plainWindow({ limit, window: `${window}ms` }),
  model: windowModel,
  span: ({ window }) => window,
  // An interval of τ ms touches ⌈τ/W⌉ + 1 windows at most.
  envelope: ({ limit, window }, elapsed) => BigInt(limit) * (ceilDiv(elapsed, BigInt(window)) + 1n),
  reversedEnvelope: ({ limit, window }, elapsed) => BigInt(limit) * (ceilDiv(elapsed, BigInt(window)) + 1n),
  larger: (a, b) => ({ limit: Math.max(a.limit, b.limit), window: Math.min(a.window, b.window) }),
}
