import type { Decision } from './contract/limiter.ts'

/** What is stored under a key is not the state of the policy that reads it. Nothing was admitted and nothing written. */
export class StoredStateError extends Error {
  override readonly name = 'StoredStateError'
  readonly code = 'STORED_STATE'
  /** The stored key, as the store spells it. */
  readonly storedKey: string

  constructor(storedKey: string, format: string) {
    super(
      `Expected the stored key ${JSON.stringify(storedKey)} to hold ${format} state, found something else; reset the key to go on`,
    )
    this.storedKey = storedKey
  }
}

/** The store did not answer within the deadline. What it would decide later is void. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly code = 'DEADLINE'

  constructor() {
    super('Expected the store to answer by the deadline, it did not; what it would decide later is void')
  }
}

/** As many decisions are pending as the store may hold. This one was not sent. */
export class OverloadError extends Error {
  override readonly name = 'OverloadError'
  readonly code = 'OVERLOAD'

  constructor(maxPending: number) {
    super(`Expected at most ${maxPending} decisions to be pending, this one would be one more; it was not sent`)
  }
}

/** The store failed repeatedly and is left alone until it is tried again; `cause` is its last failure. This was not sent. */
export class StoreDownError extends Error {
  override readonly name = 'StoreDownError'
  readonly code = 'STORE_DOWN'

  constructor(cause: Error) {
    super('Expected the store to be up, it has failed repeatedly and is tried again soon; nothing was sent', { cause })
  }
}

/** Some decisions of a `consumeMany` failed; the others were made and stand. */
export class BatchError extends AggregateError {
  override readonly name = 'BatchError'
  /** In the order of the requests: the decision, or the error that took its place. */
  readonly outcomes: readonly (Decision | Error)[]

  constructor(outcomes: readonly (Decision | Error)[]) {
    const errors = outcomes.filter(isError)
    super(errors, `${errors.length} of ${outcomes.length} decisions failed: ${errors[0]?.message}`)
    this.outcomes = outcomes
  }
}

/** Whether it is an error, and no answer or decision: of this realm, or of another that has an `Error` of its own. */
export function isError(outcome: object): outcome is Error {
  return outcome instanceof Error || ('message' in outcome && 'stack' in outcome)
}

const kind = Symbol.for('sluice.error')
const isInstance = Function.prototype[Symbol.hasInstance]

// There may be two copies of this module in a process, say the application's and a store's: each recognises the other's errors.
for (const own of [StoredStateError, DeadlineError, OverloadError, StoreDownError, BatchError]) {
  Object.defineProperty(own.prototype, kind, { value: own.name })
  Object.defineProperty(own, Symbol.hasInstance, {
    value(this: unknown, value: { [kind]?: unknown } | null | undefined): boolean {
      return this === own ? value?.[kind] === own.name : isInstance.call(this as () => void, value)
    },
  })
}

/**
 * What went wrong, in one word without addresses, keys or secrets: the code of an error (`ECONNREFUSED`, `DEADLINE`), the
 * word that a reply of Redis begins with (`NOAUTH`, `OOM`), or the name of its kind, be it said only by its class.
 */
export function codeOf(error: Error): string {
  if (error instanceof StoreDownError && error.cause instanceof Error) return codeOf(error.cause)
  if ('code' in error && typeof error.code === 'string' && codePattern.test(error.code)) return error.code
  const plain = plainly.find(([start]) => error.message.startsWith(start))
  if (plain !== undefined) return plain[1]
  const word = /^[A-Z]{2,}(?= )/.exec(error.message)?.[0]
  const names = [word, error.name === 'Error' ? error.constructor.name : error.name]
  return names.find((name) => name !== undefined && namePattern.test(name)) ?? 'Error'
}

/** What errors of clients begin with that have neither a code nor a name. */
const plainly: readonly (readonly [string, string])[] = [
  ['Connection is closed.', 'CONNECTION_CLOSED'],
  ['Command timed out', 'COMMAND_TIMEOUT'],
  ['Socket timeout. Expecting data', 'SOCKET_TIMEOUT'],
  ["Stream isn't writeable and enableOfflineQueue options is false", 'OFFLINE'],
  ["Cluster isn't ready and enableOfflineQueue options is false", 'OFFLINE'],
  ['None of startup nodes is available', 'OFFLINE'],
  ['Too many Cluster redirections', 'TOO_MANY_REDIRECTIONS'],
]

const codePattern = /^[A-Z][A-Z0-9_]*$/
const namePattern = /^[A-Za-z]\w*$/
