/** Returns what it is given, so that a class that extends it adds its private field to that. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the point of it.
    return given
  }
}

/** A private field is seen by nobody, costs a decision 15 ns, and goes when the decision goes; a WeakMap would cost 150. */
class Charged extends Given {
  readonly #key: string

  constructor(decision: object, key: string) {
    super(decision)
    this.#key = key
  }

  static keyOf(decision: object): string | undefined {
    return #key in decision ? decision.#key : undefined
  }
}

/** Notes on a decision, invisibly, that it charged the key. */
export function noteCharged(decision: object, key: string): void {
  new Charged(decision, key)
}

/** The key that a decision has charged; undefined for any other object. */
export function chargedKey(decision: object): string | undefined {
  return Charged.keyOf(decision)
}
