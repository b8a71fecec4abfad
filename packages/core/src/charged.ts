import type { Request } from './requests.ts'

/** Returns what it is given, so that a class that extends it adds its private field to that. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the point of it.
    return given
  }
}

/** A private field is seen by nobody, costs a decision 15 ns, and goes when the decision goes; a WeakMap would cost 150. */
class Charged extends Given {
  readonly #request: Request

  constructor(decision: object, request: Request) {
    super(decision)
    this.#request = request
  }

  static by(decision: object): Request | undefined {
    return #request in decision ? decision.#request : undefined
  }
}

/** Notes on a decision, invisibly, the request that charged. */
export function noteCharged(decision: object, request: Request): void {
  new Charged(decision, request)
}

/** The request that charged, of a decision that the store has made; undefined for any other object. */
export function chargedBy(decision: object): Request | undefined {
  return Charged.by(decision)
}
