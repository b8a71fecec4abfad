import { longestDuration } from '@sluice/core/internal'
import { ceilDiv, largest, least, type Model, type Subject } from '@sluice/testkit'
import fc from 'fast-check'
import { type FixedWindowOptions, fixedWindow } from './fixed-window.ts'

interface Options {
  readonly limit: number
  readonly window: number
  readonly align?: FixedWindowOptions['align']
}

interface WindowState {
  readonly start: bigint
  readonly end: bigint
  readonly count: bigint
}

/** Fixed window as the specification has it: a count, and the window [start, end) that it belongs to. */
function windowModel({ limit, window, align }: Options): Model<WindowState> {
  const length = BigInt(window)
  const max = BigInt(limit)
  const startsAt = (now: bigint, span: bigint): bigint => (align === 'epoch' ? now - (now % span) : now)
  const opened = (now: bigint, count: bigint): WindowState => {
    const start = startsAt(now, length)
    return { start, end: start + length, count }
  }

  return {
    limit: max,
    shapes: false,
    at(state, now) {
      if (state === undefined || state.end <= now) return { state: undefined, stored: undefined, movedBy: 0n }
      let { start, end } = state
      if (length > end - start) {
        // The longer window that holds the last ms of the shorter one; with the first request, from where that began.
        start = align === 'epoch' ? startsAt(end - 1n, length) : start
        end = start + length
      }
      const span = end - start
      const restart = end - now <= 2n * span ? start : startsAt(now, span)
      const read = { start: restart, end: restart + span, count: state.count }
      return { state: read, stored: read, movedBy: end - read.end }
    },
    used: (state) => state?.count ?? 0n,
    remaining(state) {
      const left = max - (state?.count ?? 0n)
      return left > 0n ? left : 0n
    },
    fits: (state, cost) => (state?.count ?? 0n) + cost <= max,
    take: ({ state }, cost, now) =>
      state === undefined ? opened(now, cost) : { ...state, count: least(state.count + cost, largest) },
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
  align: fc.constantFrom('epoch', 'epoch', 'first-request', undefined),
})

/** Fixed window, ready to be certified. */
export const subject: Subject<Options> = {
  name: 'fixed-window',
  options,
  quota: (limit, window) => ({ limit, window }),
  // Windows stay in step: of two that are not multiples of each other, one may end within the other.
  changed: ({ window, align }) =>
    fc
      .record({ limit: options.map(({ limit }) => limit), factor: fc.constantFrom(1, 2, 3, 60), shorter: fc.boolean() })
      .map(({ limit, factor, shorter }) => {
        const divides = (shorter || window * factor > longestDuration) && window % factor === 0
        if (!divides && window * factor > longestDuration) return { limit, window, align }
        return { limit, window: divides ? window / factor : window * factor, align }
      }),
  resized: (given, limit) => ({ ...given, limit }),
  policy: ({ window, ...rest }) => fixedWindow({ ...rest, window: `${window}ms` }),
  model: windowModel,
  span: ({ window }) => window,
  // An interval of τ ms touches ⌈τ/W⌉ + 1 windows at most.
  envelope: ({ limit, window }, elapsed) => BigInt(limit) * (ceilDiv(elapsed, BigInt(window)) + 1n),
  // A clock that goes back and forth across an edge passes it once for each forward ms.
  reversedEnvelope: ({ limit, window, align }, elapsed) =>
    BigInt(limit) * ((align === 'epoch' ? 2n : 1n) * ceilDiv(elapsed, BigInt(window)) + 1n),
  larger: (a, b) => ({ ...a, limit: Math.max(a.limit, b.limit), window: Math.min(a.window, b.window) }),
}
