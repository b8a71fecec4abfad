/** The contract for those who use a limiter. */
import type { Policy } from './policy.ts'

/** A number of milliseconds, or `'250ms' '1s' '15m' '1h' '1d'`. */
export type Duration = number | `${bigint}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** `'250ms' '1s' '15m' '1h' '1d'`, or `` `${n}ms` ``: never a bare number, which most people would take for seconds. */
export type DurationText = Exclude<Duration, number> | `${number}ms`

/** What a policy that is only watched would have said. */
export interface ShadowDecision {
  readonly allowed: boolean
  readonly retryAfterMs: number
  readonly delayMs: number
}

/** What one policy says. */
export interface PolicyDecision {
  /** May it go ahead, as far as this policy alone is concerned. Always true of a policy in shadow mode. */
  readonly allowed: boolean
  /** The quota: bucket capacity, or window limit. */
  readonly limit: number
  /** Whole units that count against the quota now, rounded up; above `limit` after a `charge`, or when that was lowered. */
  readonly used: number
  /** Whole units that could still be consumed right now. */
  readonly remaining: number
  /**
   * Ms from now until the same cost would be allowed if nobody else consumes; 0 when allowed. After a charge that did not fit: until
   * a cost of 1 would be allowed, the charge counted. `Infinity`: the cost is above the
   * quota, so waiting never helps; send no `Retry-After`, and ask for less. `setTimeout` fires at once for more than 2^31 - 1 ms:
   * wait for `Math.min(retryAfterMs, 2 ** 31 - 1)` and ask again.
   */
  readonly retryAfterMs: number
  /** Ms until the full quota is back. */
  readonly resetAfterMs: number
  /** Ms to wait before going ahead (leaky bucket); 0 elsewhere. */
  readonly delayMs: number
  /** Units that were charged; 0 for a refusal, a peek or a refund. */
  readonly cost: number
  /**
   * Only of a policy in shadow mode: what it would have said. Of the whole decision, where some policy is in shadow mode: what
   * would have been decided if none were.
   */
  readonly shadow?: ShadowDecision
}

/**
 * The answer to one `consume`. `allowed` speaks for all policies; `delayMs` is the longest; the other numbers are those of
 * the policy that binds: when refused the one with the longest `retryAfterMs`, when allowed the one with the least
 * `remaining`, and of equals the first declared. A policy in shadow mode binds only where all are.
 */
export interface Decision extends PolicyDecision {
  /** When it was decided, in ms since the epoch, on the clock that decided: the store's, or this process's without it. */
  readonly at: number
  /** The name of the policy that binds. */
  readonly policy: string
  /** What each policy says by itself, as it stands after the whole decision. */
  readonly policies: Readonly<Record<string, PolicyDecision>>
  /**
   * Who answered: the store; an earlier refusal of it (`'remembered'`, with the limiter's option `remember`); or, while it cannot, what the limiter's
   * `failure` says: a limiter in this process (`'local'`), one that admits (`'open'`) or one that refuses (`'closed'`).
   */
  readonly source: 'store' | 'remembered' | FallbackSource
  /** Why it was not the store that answered. */
  readonly cause?: Error
}

/** Who answers in the store's place. */
export type FallbackSource = 'local' | 'open' | 'closed'

/**
 * Whom a request counts for: one string for every policy, or one for each by name, which needs the limiter's option
 * `slot: 'limiter'`. Any string of at most 65,536 code units; never trusted.
 */
export type Key = string | Readonly<Record<string, string>>

/** How much a request weighs: one number for every policy, or one for each by name (1 for those not named). */
export type Cost = number | Readonly<Record<string, number>>

export interface CostOptions {
  /** A non-negative integer. Default 1. */
  readonly cost?: Cost | undefined
}

/** What tells that a caller gave up: an `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface ConsumeOptions extends CostOptions {
  /** An `AbortSignal`: when it fires, the call rejects with its reason. What is under way by then may still be counted. */
  readonly signal?: Signal | undefined
}

export interface WaitOptions extends ConsumeOptions {
  /** A wait that would be longer is refused at once. Default: as long as it takes. */
  readonly maxWait?: Duration | undefined
}

export interface RefundOptions extends CostOptions {
  /** The decision to take back; unless the store charged this key by it, nothing is given back. */
  readonly of?: Decision | undefined
}

/** One of the decisions asked of `consumeMany`. */
export interface ConsumeRequest extends CostOptions {
  readonly key: Key
}

interface OnePolicy {
  /** The same as `policies: { default: policy }`. */
  readonly policy: Policy
  readonly policies?: undefined
}

interface SeveralPolicies {
  readonly policy?: undefined
  /**
   * At most 16. All of them admit, or none is charged. Of equals the first binds; JavaScript lists names like `7` before
   * others.
   */
  readonly policies: Policies
}

/** One policy, or several by name. */
export type PolicyOptions = OnePolicy | SeveralPolicies

/** Policies by name. Those of the algorithms say as `window` in how many ms the whole quota comes back. */
export type Policies = Readonly<Record<string, Policy & { readonly window?: number | undefined }>>

/**
 * Decides, for any key, whether a request may go ahead. A refusal is a value; what is thrown is bad input (`TypeError`,
 * `RangeError`, before anything is counted), or, where the limiter's `failure` is `'throw'`, what is wrong with the store.
 */
export interface Limiter {
  readonly name: string
  /** In the order in which they were declared; frozen. */
  readonly policies: Policies
  /**
   * The same limiter with other parameters, for tiers of customers: same name, state, failure and events. The last 1,000 are
   * remembered, so it may be called for each request. Throws a `RangeError` unless names and algorithms are the same.
   */
  with(options: PolicyOptions): Limiter
  consume(key: Key, options?: ConsumeOptions): Promise<Decision>
  /**
   * Counts what has happened, whatever the quota says. Where `consume` would be allowed it is that consume; where not, it is
   * counted all the same: `allowed` is false, `cost` what was charged, and `retryAfterMs` tells when a cost of 1 would be allowed.
   * For what is known only afterwards: tokens above an estimate, bytes sent, failed logins.
   */
  charge(key: Key, options?: CostOptions): Promise<Decision>
  /**
   * Resolves when it is the caller's turn: at once where `consume` is allowed, else once it is; and always after its `delayMs`. Callers of
   * this process that wait for the same key go first come, first served; between processes there is no order. Resolves to a refusal
   * as soon as it is known that the turn would come after `maxWait`, or never. When `signal` fires, it rejects with its reason, and
   * what was charged is given back where that moves nobody else's turn. It asks as `consume` does, and each time counts as a decision.
   */
  wait(key: Key, options?: WaitOptions): Promise<Decision>
  /** Independent decisions, in order, in one batch. Throws a `BatchError` when some failed, where `failure` is `'throw'`. */
  consumeMany(requests: readonly ConsumeRequest[]): Promise<Decision[]>
  /** What `consume` would say, with `remaining` and `resetAfterMs` of the present, uncharged state. Writes nothing. */
  peek(key: Key, options?: CostOptions): Promise<Decision>
  /**
   * Gives back what was consumed, to every policy, never past its full quota. Answers like `peek` with cost 0. Given at most
   * once, however often a client sends it: what the store did not confirm may be lost, and `source` is then not the store.
   */
  refund(key: Key, options?: RefundOptions): Promise<Decision>
  /** Forgets all that is stored for the key. Throws when the store did not say that it has. */
  reset(key: Key): Promise<void>
}

/** A limiter over a synchronous store. */
export interface SyncLimiter extends Limiter {
  with(options: PolicyOptions): SyncLimiter
  consumeSync(key: Key, options?: CostOptions): Decision
  chargeSync(key: Key, options?: CostOptions): Decision
  peekSync(key: Key, options?: CostOptions): Decision
  refundSync(key: Key, options?: RefundOptions): Decision
  resetSync(key: Key): void
}
