import type { View } from './contract/policy.ts'
import type { Answer } from './contract/store.ts'
import { holds } from './counter.ts'
import type { NamedPolicy } from './policy-decision.ts'
import type { Request } from './requests.ts'

/** Returns what it is given, so that a class that extends it adds its private fields to that. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the point of it.
    return given
  }
}

/** What a decision has charged. */
export interface ChargeNote {
  readonly request: Request
  /** What each policy had counted before it, in the limiter's order; one number where there is one policy. */
  readonly counted: number | readonly number[]
}

/** Private fields are seen by nobody, cost a decision 15 ns, and go when the decision goes; a WeakMap would cost 150. */
class Charged extends Given {
  #request: Request | undefined
  readonly #counted: number | readonly number[]

  constructor(decision: object, request: Request, counted: number | readonly number[]) {
    super(decision)
    this.#request = request
    this.#counted = counted
  }

  static by(decision: object): ChargeNote | undefined {
    if (!(#request in decision) || decision.#request === undefined) return undefined
    return { request: decision.#request, counted: decision.#counted }
  }

  static forget(decision: object): void {
    if (#request in decision) decision.#request = undefined
  }
}

/** Notes on a decision, invisibly, the request that charged, and what the store had counted before. */
export function noteCharged(decision: object, request: Request, { views }: Answer): void {
  new Charged(
    decision,
    request,
    views.length === 1 ? (views[0] as Answer['views'][number]).counted : views.map(({ counted }) => counted),
  )
}

/** What a decision of the store has charged; undefined for any other object, and once it was taken back. */
export function chargedBy(decision: object): ChargeNote | undefined {
  return Charged.by(decision)
}

/** A decision is taken back once. */
export function forgetCharged(decision: object): void {
  Charged.forget(decision)
}

/** Whether all of a charge was counted: of what a state could not hold, nothing is taken back. */
export function isChargedInFull(
  policies: readonly NamedPolicy[],
  { mode, costs }: Request,
  { views }: Answer,
): boolean {
  return (
    mode === 'charge' && policies.every(({ policy }, i) => holds(policy, (views[i] as View).used, costs[i] as number))
  )
}
