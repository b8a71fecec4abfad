import fc from 'fast-check'

/** Where the clock goes before a step, in terms of what was answered last. */
export type Move =
  | { readonly to: 'stay' }
  | { readonly to: 'retry' | 'reset' | 'edge'; readonly offset: number }
  | { readonly to: 'on'; readonly share: number }
  | { readonly to: 'after'; readonly ms: number }
  | { readonly to: 'far' }
  | { readonly to: 'back'; readonly share: number; readonly offset: number }

/** How much a step weighs, in terms of the limit. */
export type Weight =
  | { readonly of: 'units'; readonly units: number }
  | { readonly of: 'limit'; readonly offset: number }
  | { readonly of: 'share'; readonly share: number }
  | { readonly of: 'most' }

export interface Step {
  readonly mode: 'consume' | 'peek' | 'refund' | 'reset'
  readonly key: string
  readonly weight: Weight
  readonly move: Move
}

const offset = fc.constantFrom(-1, 0, 0, 1)
const share = fc.integer({ min: 1, max: 3000 }).map((thousandths) => thousandths / 1000)

/** Moves of a clock that never goes back. */
export const forwardMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ to: 'stay' } as const) },
  { weight: 3, arbitrary: fc.record({ to: fc.constantFrom('retry', 'retry', 'reset', 'edge'), offset }) },
  { weight: 3, arbitrary: fc.record({ to: fc.constant('on'), share }) },
  { weight: 1, arbitrary: fc.constant({ to: 'on', share: 0 } as const) },
  { weight: 1, arbitrary: fc.constant({ to: 'far' } as const) },
)

/** Moves of any clock: back within the span, to its edge, and far beyond. */
export const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: forwardMove },
  {
    weight: 1,
    arbitrary: fc.record({
      to: fc.constant('back'),
      share: fc.oneof(share, fc.constantFrom(0, 1, 2, 10)),
      offset,
    }),
  },
)

export const weight: fc.Arbitrary<Weight> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ of: fc.constant('units'), units: fc.constantFrom(1, 1, 1, 2, 3, 0) }) },
  { weight: 2, arbitrary: fc.record({ of: fc.constant('limit'), offset }) },
  { weight: 3, arbitrary: fc.record({ of: fc.constant('share'), share: share.map((part) => part / 3) }) },
  { weight: 1, arbitrary: fc.constant({ of: 'most' } as const) },
)

/** Steps of the modes given, on a few keys. */
export function steps(modes: readonly Step['mode'][], move: fc.Arbitrary<Move>): fc.Arbitrary<Step[]> {
  const step = fc.record({ mode: fc.constantFrom(...modes), key: fc.constantFrom('a', 'a', 'a', 'b'), weight, move })
  return fc.array(step, { minLength: 1, maxLength: 24, size: 'max' })
}

/** Many small steps on one key, each a ms or two after the other. */
export const longHistory: fc.Arbitrary<Step[]> = fc.array(
  fc
    .constantFrom(0, 1, 1, 2)
    .map((ms): Step => ({ mode: 'consume', key: 'a', weight: { of: 'units', units: 1 }, move: { to: 'after', ms } })),
  { minLength: 150, maxLength: 200, size: 'max' },
)

/** The clock of a history. */
export interface HistoryClock {
  now: number
  /** The sum of its forward steps. */
  forward: number
  read(): number
  /** Follows a move; `last` is the latest decision. */
  move(move: Move, span: number, last: Answered): void
  advance(ms: number): void
}

/** What a move may refer to. */
export interface Answered {
  readonly retryAfterMs: number
  readonly resetAfterMs: number
}

const day = 86_400_000

/**
 * A clock that starts at a date of our days. It goes back at most a day from where it has been: so far, state is kept
 * beyond its expiry when the clock is injected.
 */
export function historyClock(): HistoryClock {
  let latest = 1_763_884_800_000
  const clock: HistoryClock = {
    now: latest,
    forward: 0,
    read: () => clock.now,
    advance(ms) {
      const target = Math.min(Math.max(clock.now + ms, latest - day), 2 ** 52)
      clock.forward += Math.max(0, target - clock.now)
      clock.now = target
      latest = Math.max(latest, target)
    },
    move(move, span, last) {
      clock.advance(distance(move, span, clock.now, last))
    },
  }
  return clock
}

function distance(move: Move, span: number, now: number, last: Answered): number {
  switch (move.to) {
    case 'stay':
      return 0
    case 'retry':
      return Number.isFinite(last.retryAfterMs) ? Math.max(0, last.retryAfterMs + move.offset) : 0
    case 'reset':
      return Math.max(0, last.resetAfterMs + move.offset)
    case 'edge':
      return Math.max(0, span - (now % span) + move.offset)
    case 'on':
      return Math.floor(span * move.share)
    case 'after':
      return move.ms
    case 'far':
      return 2 ** 40
    case 'back':
      return -Math.max(0, Math.floor(span * move.share) + move.offset)
  }
}

/** The cost of a weight, for a limit: a safe integer. */
export function costOf(weight: Weight, limit: number): number {
  return Math.min(plainCost(weight, limit), Number.MAX_SAFE_INTEGER)
}

function plainCost(weight: Weight, limit: number): number {
  switch (weight.of) {
    case 'units':
      return weight.units
    case 'limit':
      return Math.max(0, limit + weight.offset)
    case 'share':
      return Math.floor(limit * weight.share)
    case 'most':
      return Number.MAX_SAFE_INTEGER
  }
}
