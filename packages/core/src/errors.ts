import type { Decision } from './contract.ts'

/** What is stored under a key is not the state of the policy that reads it. Nothing was admitted and nothing written. */
export class StoredStateError extends Error {
  override readonly name = 'StoredStateError'
  /** The stored key, as the store spells it. */
  readonly storedKey: string

  constructor(storedKey: string, format: string) {
    super(
      `Expected the stored key ${JSON.stringify(storedKey)} to hold ${format} state, found something else; reset the key to go on`,
    )
    this.storedKey = storedKey
  }
}

/** The decision reached the store after its deadline. Nothing was counted. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'

  constructor(deadline: number, now: number) {
    super(`Expected the decision to reach the store by ${deadline}, it came at ${now}; nothing was counted`)
  }
}

/** Some decisions of a `consumeMany` failed; the others were made and stand. */
export class BatchError extends AggregateError {
  override readonly name = 'BatchError'
  /** In the order of the requests: the decision, or the error that took its place. */
  readonly outcomes: readonly (Decision | Error)[]

  constructor(outcomes: readonly (Decision | Error)[]) {
    const errors = outcomes.filter((outcome) => outcome instanceof Error)
    super(errors, `${errors.length} of ${outcomes.length} decisions failed: ${errors[0]?.message}`)
    this.outcomes = outcomes
  }
}
