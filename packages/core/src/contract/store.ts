/** The contract for those who write a store. It applies batches of requests for any policies, and never names an algorithm. */
import type { Signal } from './limiter.ts'
import type { Mode, PastCharge, Policy, View } from './policy.ts'

/** One decision asked of a store: a cost for each of the limiter's policies, all admitted or none. */
export interface Ask {
  /** Whom it counts for: one key for all policies, or one for each, in the limiter's order. */
  readonly key: string | readonly string[]
  readonly mode: Mode
  /** One for each policy, in the limiter's order. */
  readonly costs: readonly number[]
  /**
   * Which policies are only watched (shadow mode), in the same order; absent: none. Of a consume such a policy refuses nothing: it is
   * charged where it admits and all that are not watched do. All else is as if none were watched.
   */
  readonly shadow?: readonly boolean[] | undefined
  /** Of a refund: the decision that is taken back, policy by policy in the same order. Absent: whatever is there is given back. */
  readonly of?: readonly PastCharge[] | undefined
}

/** What the store found: the instant it decided at, and a view of each policy. */
export interface Answer {
  readonly now: number
  readonly views: readonly View[]
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
   * What the state of one shard is: all of a key (default), or all of the limiter, which a store must keep together so that it can
   * decide on several keys at once. Only then has an `Ask` a key for each policy.
   */
  readonly slot?: 'key' | 'limiter' | undefined
  /**
   * How many ms a decision may take, counted from the call: by then it is settled, with a `DeadlineError` if need be, and
   * what would be executed later is void: it is not decided and nothing is counted. Absent: as long as it takes.
   */
  readonly deadline?: number
  /** Called when a server of the store stops answering, and when it answers again. */
  readonly onHealth?: (health: StoreHealth) => void
  /**
   * Called, at most once a second and never in the middle of a decision, with how many entries of this limiter were forgotten
   * to make room though they still counted.
   */
  readonly onForgot?: ((entries: number) => void) | undefined
}

/** Whether a server of the store answers. */
export type StoreHealth =
  | { readonly up: false; readonly cause: Error }
  | { readonly up: true /** How long it was down. */; readonly downMs: number }

/** Keeps state for any number of limiters. */
export interface Store {
  /** Called once for each limiter. */
  bind(limiter: Binding): Gate
}

/** A store that answers without waiting. */
export interface SyncStore extends Store {
  bind(limiter: Binding): SyncGate
}
