import fc from 'fast-check'

/** Where the clock goes before a step, in terms of what was answered last. */
export type Move =
  | { readonly to: 'stay' }
  | { readonly to: 'retry' | 'reset' | 'edge'; readonly offset: number }
  | { readonly to: 'on'; readonly share: number }
  | { readonly to: 'after'; readonly ms: number }
  | { readonly to: 'far' }
  | { readonly to: 'back'; readonly share: number; readonly offset: number }
  | { readonly to: 'date'; readonly date: number }

/** How much a step weighs, in terms of the limit. */
export type Weight =
  | { readonly of: 'units'; readonly units: number }
  | { readonly of: 'limit'; readonly offset: number }
  | { readonly of: 'share'; readonly share: number }
  | { readonly of: 'most' }

export interface Step {
  readonly mode: 'consume' | 'charge' | 'peek' | 'refund' | 'reset'
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

const ourDays = 1_763_884_800_000
const lastDate = 2 ** 52
const date = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 0, 1, 999, ourDays, lastDate - 1, lastDate) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: lastDate }) },
)

/** Moves of any clock: back within the span, to its edge, far beyond, and to any date a clock may say. */
export const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 9, arbitrary: forwardMove },
  { weight: 1, arbitrary: fc.record({ to: fc.constant('date'), date }) },
  {
    weight: 2,
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

/** Steps of the modes given on one key, each a ms or two after the other: a log fills with runs before any of them leaves. */
export function crowded(modes: readonly Step['mode'][]): fc.Arbitrary<Step[]> {
  const move = fc.oneof(
    { weight: 9, arbitrary: fc.record({ to: fc.constant('after'), ms: fc.constantFrom(0, 1, 1, 2) }) },
    { weight: 1, arbitrary: forwardMove },
  )
  const weight = fc.record({ of: fc.constant('units'), units: fc.constantFrom(1, 1, 2) })
  const step = fc.record({ mode: fc.constantFrom(...modes), key: fc.constant('a'), weight, move })
  return fc.array(step, { minLength: 1, maxLength: 24, size: 'max' })
}

/** The clock of a history. */
export interface HistoryClock {
  now: number
  /** The sum of its forward steps. */
  forward: bigint
  read(): number
  /** Follows a move; `last` is the latest decision. */
  move(move: Move, span: number, last: Answered): void
  /** Moves on, to the last date that a clock may say at most; false when it did not come all the way. */
  advance(ms: number): boolean
  /** There is a state that counts until this date. */
  keeps(until: number): void
}

/** What a move may refer to. */
export interface Answered {
  readonly retryAfterMs: number
  readonly resetAfterMs: number
  readonly policies?: Readonly<Record<string, { readonly resetAfterMs: number }>>
}

const day = 86_400_000

/**
 * A clock that starts at a date of our days, and goes anywhere but to before a state's expiry when it was already a day past that:
 * by then a store may have removed it, when the clock is injected.
 */
export function historyClock(from: number): HistoryClock {
  let latest = Math.max(ourDays, from)
  let earliest = from
  let expiries: readonly number[] = []
  const clock: HistoryClock = {
    now: latest,
    forward: 0n,
    read: () => clock.now,
    advance(ms) {
      const aim = clock.now + ms
      const target = Math.min(Math.max(aim, earliest), lastDate)
      if (target > clock.now) clock.forward += BigInt(target - clock.now)
      clock.now = target
      latest = Math.max(latest, target)
      for (const until of expiries) if (until + day <= latest) earliest = Math.max(earliest, until)
      expiries = expiries.filter((until) => until + day > latest)
      return target === aim
    },
    keeps(until) {
      if (!expiries.includes(until)) expiries = [...expiries, until]
    },
    move(move, span, last) {
      clock.advance(moveBy(move, span, clock.now, last))
    },
  }
  return clock
}

/** How far a move goes, in ms. */
export function moveBy(move: Move, span: number, now: number, last: Answered): number {
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
    case 'date':
      return move.date - now
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
