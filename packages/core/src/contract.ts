/**
 * The contract of Sluice. An algorithm is a `Policy`; a store applies batches of `Ask`s; neither knows the other.
 *
 * At one instant every algorithm is a counter with a ceiling. So the store itself checks and charges
 * (`used + cost * unit <= ceiling`), and an algorithm only says how its stored numbers become `used` at `now` (load), the
 * way back (save), and what `used` means to the caller. Load and save are spelled twice, in TypeScript and in Lua.
 *
 * All numbers are whole and below 2^53; all times are milliseconds.
 */

/** A number of milliseconds, or `'250ms' '1s' '15m' '1h' '1d'`. */
export type Duration = number | `${bigint}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** `'250ms' '1s' '15m' '1h' '1d'`, or `` `${n}ms` ``: never a bare number, which most people would take for seconds. */
export type DurationText = Exclude<Duration, number> | `${number}ms`

/** The state that a store keeps for one key under one policy: four numbers, and what has no fixed size. */
export interface Stored {
  /** What counts against the ceiling, in credits. 0: nothing is stored. */
  used: number
  /** The one date that the caller's numbers need: when `used` was so, when the window ends, or the newest entry. */
  mark: number
  /** What `used` and `mark` were written under, for readers with other options: credits per unit, or the window's length. */
  scale: number
  /** The date from which the state counts for nothing: losing it then is the same as keeping it. */
  expiresAt: number
  /** The algorithm's own, kept as it is: what numbers cannot say, such as the entries of a log. */
  rest: unknown
}

/**
 * A state as it reads at one instant. A store makes one for each policy and uses it again and again: `load` turns what is
 * stored into the reading, in place, and `save` turns it back.
 */
export interface Reading extends Stored {
  /**
   * What is stored no longer says this: it lay too far ahead of the clock and was re-dated to now, or under these options
   * it counts for longer than its stored expiry. Even a refusal saves it.
   */
  stale: boolean
}

/** What a store reports of one policy: its reading before the charge (after it, for a refund). */
export interface View {
  readonly used: number
  readonly mark: number
  /** Ms until the refused cost would fit, for the algorithms that need their whole state to tell; else 0. */
  readonly wait: number
}

/** A configured algorithm. */
export interface Policy {
  readonly algorithm: string
  /** The algorithm and the version of its stored form, for example `tb1`: part of every stored key. */
  readonly format: string
  /** The quota, in units of cost. */
  readonly limit: number
  /** Ms in which the whole quota comes back. */
  readonly window: number
  /** The quota, in credits. */
  readonly ceiling: number
  /** Credits per unit of cost. */
  readonly unit: number
  /** What the Lua twin is given beside the ceiling, in its order. */
  readonly parameters: readonly number[]
  /** The Lua twin of `load`, `save` and `wait`. */
  readonly lua: string
  /** How many buckets take Redis as long as one request of a mode, at worst. Absent: 1, for a refund 1.5. Scripts are kept short by it. */
  weigh?(mode: Mode): number
  /** How many bytes `rest` takes in memory, for a store that is bounded by them. Absent: `rest` is always undefined. */
  readonly restBytes?: { of(rest: unknown): number; readonly most: number } | undefined

  /** From what is stored, none or not yet expired, to how it reads at `now`. Leaves what `rest` refers to as it was. */
  load(reading: Reading, now: number): void
  /**
   * From a reading whose `used` is above 0, which the store may have charged (then its `mark` is `now` or later) or given
   * back to, to the state to store. May spend what `rest` referred to.
   */
  save(reading: Reading): void
  /** See `View.wait`; called only for a cost within the limit that does not fit. */
  wait?(reading: Reading, cost: number, now: number): number

  /** Ms from now until a refused cost, within the limit, would fit if nothing else were charged. */
  retryAfter(view: View, cost: number, now: number): number
  /** Ms from now until nothing is used; asked only while something is. */
  resetAfter(used: number, mark: number, now: number): number
  /** Ms to wait before going ahead, when admitted. Absent: 0. */
  delay?(view: View, now: number): number
}

/** Consume charges; peek only looks; refund gives back; reset forgets. */
export type Mode = 'consume' | 'peek' | 'refund' | 'reset'

/** One decision asked of a store: a cost for each of the limiter's policies, all admitted or none. */
export interface Ask {
  readonly key: string
  readonly mode: Mode
  /** One for each policy, in the limiter's order. */
  readonly costs: readonly number[]
}

/** What the store found: the instant it decided at, and a view of each policy. */
export interface Answer {
  readonly now: number
  readonly views: readonly View[]
}

/** What tells that a caller gave up: an `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A limiter's way into a store. */
export interface Gate {
  /**
   * Decides asks in order, each seeing those before; one that fails fails alone. Settles by the deadline of the binding.
   * Rejects when all failed, with what `callersFault` has marked where the caller is to blame, or with the signal's reason.
   */
  apply(asks: readonly Ask[], signal?: Signal): Promise<readonly (Answer | Error)[]>
}

/** A gate that can also answer at once. */
export interface SyncGate extends Gate {
  /** The answer is the gate's own, and holds until the next call. */
  applySync(ask: Ask): Answer
}

/** What a store needs to know of a limiter. */
export interface Binding {
  readonly name: string
  readonly policies: Readonly<Record<string, Policy>>
  /**
   * How many ms a decision may take, counted from the call: by then it is settled, with a `DeadlineError` if need be, and
   * what would be executed later is void: it is not decided and nothing is counted. Absent: as long as it takes.
   */
  readonly deadline?: number
  /** Told when a server of the store stops answering, and when it answers again. */
  readonly onHealth?: (health: StoreHealth) => void
  /**
   * Told, at most once a second and never in the middle of a decision, how many entries of this limiter were forgotten to
   * make room though they still counted.
   */
  readonly onForgot?: ((entries: number) => void) | undefined
}

/** Whether a server of the store answers. */
export type StoreHealth =
  | { readonly up: false; readonly cause: Error }
  | { readonly up: true /** How long it was down. */; readonly downMs: number }

/** Keeps state for any number of limiters. It never names an algorithm. */
export interface Store {
  /** Called once for each limiter. */
  bind(limiter: Binding): Gate
}

/** A store that answers without waiting. */
export interface SyncStore extends Store {
  bind(limiter: Binding): SyncGate
}

/** What one policy says. */
export interface PolicyDecision {
  /** May it go ahead, as far as this policy alone is concerned. */
  readonly allowed: boolean
  /** The quota: bucket capacity, or window limit. */
  readonly limit: number
  /** Whole units that could still be consumed right now. */
  readonly remaining: number
  /** Ms from now until the same cost would be allowed if nobody else consumes; 0 when allowed, `Infinity` for never. */
  readonly retryAfterMs: number
  /** Ms until the full quota is back. */
  readonly resetAfterMs: number
  /** Ms to wait before going ahead (leaky bucket); 0 elsewhere. */
  readonly delayMs: number
}

/**
 * The answer to one `consume`. `allowed` speaks for all policies; `delayMs` is the longest; the other numbers are those of
 * the policy that binds: when refused the one with the longest `retryAfterMs`, when allowed the one with the least
 * `remaining`, and of equals the first declared.
 */
export interface Decision extends PolicyDecision {
  /** The name of the policy that binds. */
  readonly policy: string
  /** What each policy says by itself, as it stands after the whole decision. */
  readonly policies: Readonly<Record<string, PolicyDecision>>
  /**
   * Who answered: the store, or, while it cannot, what the limiter's `failure` says: a limiter in this process (`'local'`),
   * one that admits (`'open'`) or one that refuses (`'closed'`).
   */
  readonly source: 'store' | FallbackSource
  /** Why it was not the store that answered. */
  readonly cause?: Error
}

/** Who answers in the store's place. */
export type FallbackSource = 'local' | 'open' | 'closed'

/** How much a request weighs: one number for every policy, or one for each by name (1 for those not named). */
export type Cost = number | Readonly<Record<string, number>>

export interface CostOptions {
  /** A non-negative integer. Default 1. */
  readonly cost?: Cost | undefined
}

export interface ConsumeOptions extends CostOptions {
  /** An `AbortSignal`: when it fires, the call rejects with its reason. What is under way by then may still be counted. */
  readonly signal?: Signal | undefined
}

export interface RefundOptions extends CostOptions {
  /** The decision to take back; unless the store charged this key by it, nothing is given back. */
  readonly of?: Decision | undefined
}

/** One of the decisions asked of `consumeMany`. */
export interface ConsumeRequest extends CostOptions {
  readonly key: string
}

/**
 * Decides, for any key, whether a request may go ahead. A refusal is a value; what is thrown is bad input (`TypeError`,
 * `RangeError`, before anything is counted), or, where the limiter's `failure` is `'throw'`, what is wrong with the store.
 */
export interface Limiter {
  consume(key: string, options?: ConsumeOptions): Promise<Decision>
  /** Independent decisions, in order, in one batch. Throws a `BatchError` when some failed, where `failure` is `'throw'`. */
  consumeMany(requests: readonly ConsumeRequest[]): Promise<Decision[]>
  /** What `consume` would say, with `remaining` and `resetAfterMs` of the present, uncharged state. Writes nothing. */
  peek(key: string, options?: CostOptions): Promise<Decision>
  /**
   * Gives back what was consumed, to every policy, never past its full quota. Answers like `peek` with cost 0. Given at most
   * once, however often a client sends it: what the store did not confirm may be lost, and `source` is then not the store.
   */
  refund(key: string, options?: RefundOptions): Promise<Decision>
  /** Forgets all that is stored for the key. Throws when the store did not say that it has. */
  reset(key: string): Promise<void>
}

/** A limiter over a synchronous store. */
export interface SyncLimiter extends Limiter {
  consumeSync(key: string, options?: CostOptions): Decision
  peekSync(key: string, options?: CostOptions): Decision
  refundSync(key: string, options?: RefundOptions): Decision
  resetSync(key: string): void
}
