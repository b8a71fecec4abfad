/**
 * The contract for those who write an algorithm. At one instant every algorithm is a counter with a ceiling, so a store checks
 * and charges by itself (`used + cost * unit <= ceiling`). An algorithm only says how its stored numbers become `used` at
 * `now` (load), the way back (save), and what `used` means to the caller. Load and save are spelled twice: in TypeScript for
 * stores that run our code, and in Lua for Redis. All numbers are whole and below 2^53; all times are milliseconds.
 */

/** The state that a store keeps for one key under one policy: four numbers, and what has no fixed size. */
export interface Stored {
  /** What counts against the ceiling, in credits. 0: nothing is stored. */
  used: number
  /** The one date that the caller's numbers need: when `used` was so, when a window ends, the newest entry, or when nothing counts. */
  mark: number
  /** What `used` and `mark` were written under, for readers with other options: credits per unit, or the window's length. */
  scale: number
  /** The date from which the state counts for nothing: losing it then is the same as keeping it. */
  expiresAt: number
  /** How many units have ever been charged to it, where its policy counts them; -1: past 2^53 - 1, so nobody knows. */
  counted: number
  /** The algorithm's own, kept as it is: what numbers cannot say, such as the entries of a log. */
  rest: unknown
}

/** A state as it reads at one instant. `load` turns what is stored into it, in place, and `save` turns it back. */
export interface Reading extends Stored {
  /**
   * The stored state must be rewritten even if nothing is charged: it was dated too far in the future and moved to `now`, or
   * the current options make it count past its stored expiry.
   */
  stale: boolean
}

/** What a store reports of one policy: its reading before it was charged (for a refund, after it was given back). */
export interface View {
  readonly used: number
  readonly mark: number
  /**
   * Ms until the refused cost would fit, for algorithms that need their whole state to tell; else 0. For a charge that did not
   * fit: until a cost of 1 would, with the charge counted.
   */
  readonly wait: number
  /** See `Stored`; before the charge. */
  readonly counted: number
}

/** What a decision knows of what it has charged, for one policy. */
export interface PastCharge {
  /** When it was decided. */
  readonly at: number
  /** When the full quota would have been back: what `resetAfter` said, as a date. */
  readonly ends: number
  /** What was `counted`, this charge included. */
  readonly counted: number
}

/**
 * What is asked of a key. Consume charges what fits; charge charges in any case; peek only looks; refund gives back; reset
 * forgets.
 */
export type Mode = 'consume' | 'charge' | 'peek' | 'refund' | 'reset'

/** A configured algorithm. */
export interface Policy {
  readonly algorithm: string
  /** The algorithm and the version of its stored form, for example `tb1`: part of every stored key. */
  readonly format: string
  /** The quota, in units of cost. */
  readonly limit: number
  /** The quota, in credits. */
  readonly ceiling: number
  /** Credits per unit of cost. */
  readonly unit: number
  /** Ms in which the whole quota comes back. */
  readonly window: number
  /** The most credits that a charge may bring `used` to, at least the ceiling. Absent: 2^53 - 1. */
  readonly mostUsed?: number | undefined
  /**
   * Whether its states count what was ever charged: then they outlive their last credit, until they expire, so that a charge is never
   * taken back from the state after its own; and the first of `parameters` is `unit`.
   */
  readonly counts?: boolean | undefined
  /** Which charges can be taken back: any that still counts (default), or only the last, which a policy can tell that counts. */
  readonly takesBack?: 'last' | undefined
  /** What the Lua twin is given after the ceiling, in its order. */
  readonly parameters: readonly number[]
  /** The Lua twin of `load`, `save` and `wait`: see `LuaTwin`. */
  readonly lua: LuaTwin
  /** The Lua twin of `giveBack`, which comes after `lua` in the scripts that refund: see `LuaTwin`. */
  readonly giveBackLua: string
  /** How many buckets take Redis as long as one request of a mode, at worst. Absent: 1, for a refund 1.5. Scripts are kept short by it. */
  weigh?(mode: Mode): number
  /** How many bytes `rest` takes in memory, for a store that is bounded by them. Absent: `rest` is always undefined. */
  readonly restBytes?: { of(rest: unknown): number; readonly most: number } | undefined

  /** From what is stored, none or not yet expired, to how it reads at `now`. Leaves what `rest` refers to as it was. */
  load(reading: Reading, now: number): void
  /**
   * From a reading whose `used` is above 0, and which the store may have charged (then its `mark` is that of a charge) or given
   * back to, to the state to store. May spend what `rest` referred to.
   */
  save(reading: Reading): void
  /**
   * Gives back so many credits, or less, to a reading whose `used` is above 0, in place; it is saved then. Of a past charge what still
   * counts of it, as far as that can be told: afterwards nothing may be admitted sooner than if that charge had been so much less.
   * Where `used` is rounded and stays the same, another `rest` says that something was given back.
   */
  giveBack(reading: Reading, credits: number, now: number, charge?: PastCharge): void
  /** The mark of what is charged at `now`. Absent: the later of the two. */
  dateCharge?(mark: number, now: number): number
  /** See `View.wait`; called only for a cost within the limit that does not fit, of a reading that may have been charged. */
  wait?(reading: Reading, cost: number, now: number): number

  /** Ms from now until a refused cost, within the limit, would fit if nothing else were charged. */
  retryAfter(view: View, cost: number, now: number): number
  /** Ms from now until nothing is used; called only while something is. */
  resetAfter(used: number, mark: number, now: number): number
  /** Ms to wait before going ahead, when admitted. Absent: 0. */
  delay?(view: View, now: number): number
}

/**
 * Lua source that defines these local functions, of the same names and the same results as their TypeScript twins, bit for bit:
 *
 * - `load(key, now, ceiling, …parameters)` reads one key and returns `used, mark, stale, kept, rest`, and where the policy counts,
 *   `counted`. `kept` is the date at
 *   which the key expires in Redis (0: the next save must set it). `nil, err` says that what is stored is foreign: `err` is the
 *   error that Redis replied with, if it did.
 * - `save(key, used, mark, kept, rest, counted, ceiling, …parameters)` returns `value, expires`: what to SET, and when the key is to
 *   expire; or `value, expires, from`: what to write over the stored bytes from that offset on (`SETRANGE`).
 * - `wait(key, now, used, mark, rest, charge, ceiling, …parameters)` where the policy has a `wait`.
 * - `date_charge(mark, now, ceiling, …parameters)` where the policy has a `dateCharge`.
 * - `give_back(key, now, used, mark, rest, counted, credits, at, ends, counted_then, ceiling, …parameters)`, in `giveBackLua`, returns
 *   what is `used` afterwards, and the `rest` to save it with; the `rest` that it was given stays as it was, and is another one when
 *   something was given back that `used` does not show. `save` is then given the mark that `load` returned. `at`, `ends` and
 *   `counted_then` are of the past charge; nil where there is none.
 *
 * Inside: no globals; only the given key is touched, and `load` writes nothing; replies that may be errors come from
 * `redis.pcall`; numbers become text by `string.format('%d', …)` or `struct.pack`, never by `..`; no `%` of negatives; `moved`
 * counts bytes that a script has copied to tidy up, so that a long script puts the rest off.
 */
export type LuaTwin = string
