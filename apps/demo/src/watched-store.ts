import type { Answer, Binding, Gate, Store } from '@sluice/core'

/** What is wrong with Redis, in words for the person who runs the demo. */
export class StoreTroubleError extends Error {
  override readonly name = 'StoreTroubleError'
}

export interface WatchedStoreOptions {
  /** What the store is called in an error: `Redis at 127.0.0.1:6379`. */
  readonly called: string
  /** Ms that one round trip may take. A store with a clock of its own, as the demo's all have, knows no deadline. */
  readonly deadline: number
}

/** The same store, which gives up after the deadline, and says what is wrong without the words of a client. */
export function watchedStore(store: Store, options: WatchedStoreOptions): Store {
  return {
    bind(limiter: Binding): Gate {
      const gate = store.bind(limiter)
      return {
        async apply(asks, signal) {
          try {
            const outcomes = await inTime(gate.apply(asks, signal), options)
            return outcomes.map((outcome) => (outcome instanceof Error ? trouble(outcome, options.called) : outcome))
          } catch (error) {
            throw error instanceof Error ? trouble(error, options.called) : error
          }
        },
      }
    },
  }
}

type Outcomes = readonly (Answer | Error)[]

async function inTime(answer: Promise<Outcomes>, { called, deadline }: WatchedStoreOptions): Promise<Outcomes> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const seconds = deadline / 1000
    const message = `${called} has not answered for ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`
    timer = setTimeout(() => reject(new StoreTroubleError(message)), deadline)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A reply of Redis begins with a word in capital letters, and says something; what clients say is about themselves. */
function trouble(error: Error, called: string): Error {
  if (error instanceof StoreTroubleError || error instanceof RangeError || error.name === 'AbortError') return error
  if (error.name === 'StoredStateError') return error
  const isReply = /^[A-Z]{2,} /.test(error.message)
  const message = isReply ? `${called} answered with an error: ${error.message}` : `${called} cannot be reached.`
  return new StoreTroubleError(message, { cause: error })
}

/** The error itself, or the first of those that a batch failed with. */
export function firstError(error: unknown): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0]
  return error instanceof Error ? error : new Error(String(error))
}
