import { type Answer, type Ask, DeadlineError, type Signal } from '@sluice/core'
import { type Due, deadlines } from './deadlines.ts'
import { onAbort } from './on-abort.ts'
import { monotonicNow } from './timers.ts'

/** The outcomes of some asks, in their order. */
export type Outcomes = readonly (Answer | Error)[]

/** Someone who waits for the outcomes of asks that travel together. */
export interface Caller extends Due {
  readonly asks: readonly Ask[]
  readonly resolve: (outcomes: Outcomes) => void
  readonly reject: (why: unknown) => void
  /** Whether it still waits. */
  waiting: boolean
  /** Whether its asks may still be with the client: until then they count as pending. */
  pending: boolean
  /** The batch that its asks are under way in. */
  batch: Batch | undefined
  /** Takes its ear from its signal. */
  deafen: (() => void) | undefined
}

/** Asks of several callers that are under way together. */
export interface Batch {
  /** How many of its callers still wait. */
  awaited: number
  /** Told when the last of them has left. */
  abandoned(why: unknown): void
}

/** What the callers of one limiter wait for. */
export interface Callers {
  /** Waits for the outcomes of the asks; hands itself over to be sent. */
  wait(asks: readonly Ask[], signal: Signal | undefined, send: (one: Caller) => void): Promise<Outcomes>
  settle(one: Caller, outcomes: Outcomes): void
  fail(one: Caller, why: unknown): void
  /** Its batch is over: nothing of it is awaited any more. */
  release(one: Caller): void
}

/**
 * Callers that leave at their deadline, in ms from their call (`Infinity`: never), or when their signal fires.
 * `released` is told once of each: when it leaves without having been sent, or when its batch is over.
 */
export function callers(deadline: number, released: (one: Caller) => void): Callers {
  const dates = deadlines<Caller>((one) => leave(one, missedDeadline()))

  const end = (one: Caller): void => {
    one.waiting = false
    if (deadline < Number.POSITIVE_INFINITY) dates.remove(one)
    one.deafen?.()
  }
  const release = (one: Caller): void => {
    if (!one.pending) return
    one.pending = false
    released(one)
  }
  const leave = (one: Caller, why: unknown): void => {
    if (!one.waiting) return
    end(one)
    one.reject(why)
    const { batch } = one
    if (batch === undefined) {
      release(one)
      return
    }
    batch.awaited -= 1
    if (batch.awaited === 0) batch.abandoned(why)
  }

  return {
    wait: (asks, signal, send) =>
      new Promise((resolve, reject) => {
        const one: Caller = {
          asks,
          resolve,
          reject,
          due: monotonicNow() + deadline,
          before: undefined,
          after: undefined,
          waiting: true,
          pending: true,
          batch: undefined,
          deafen: undefined,
        }
        if (deadline < Number.POSITIVE_INFINITY) dates.add(one)
        if (signal !== undefined) one.deafen = onAbort(signal, () => leave(one, signal.reason))
        send(one)
      }),
    settle(one, outcomes) {
      if (!one.waiting) return
      end(one)
      if (one.batch !== undefined) one.batch.awaited -= 1
      one.resolve(outcomes)
    },
    fail(one, why) {
      if (!one.waiting) return
      end(one)
      one.reject(why)
    },
    release,
  }
}

/** An error for each caller, who may add to it. Without a stack, which would show a timer alone, thousands are made at once. */
function missedDeadline(): DeadlineError {
  const { stackTraceLimit } = Error
  // Not by assignment, which throws where intrinsics are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0)
  const error = new DeadlineError()
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return error
}
