import { type Answer, type Ask, DeadlineError, type Signal } from '@sluice/core'
import { monotonicNow, onAbort } from '@sluice/core/internal'
import { type Due, deadlines } from './deadlines.ts'

/** The outcomes of some requests, in their order. */
export type Outcomes = readonly (Answer | Error)[]

/** Requests that go by one script: they share a slot, and are so much work (see `Weigh`). */
export interface Load {
  readonly requests: readonly Ask[]
  readonly slot: number
  readonly work: number
}

/** How a caller ended: with its outcomes, or with the reason why it has none. */
export type Ending =
  | { readonly how: 'answered'; readonly outcomes: Outcomes }
  | { readonly how: 'failed' | 'late' | 'aborted'; readonly why: unknown }

/** A call that waits for the outcomes of its requests, from its beginning to its one end. */
export interface Caller extends Load, Due {
  readonly resolve: (outcomes: Outcomes) => void
  readonly reject: (why: unknown) => void
  /** How it ended; `undefined` while it waits. */
  ended: Ending['how'] | undefined
  /** The batch that its requests were sent in. */
  batch: CallersBatch | undefined
  /** Removes our `abort` listener. */
  stopListening: (() => void) | undefined
}

/** What callers know of the batch in flight that they share. */
export interface CallersBatch {
  /** How many of its callers still wait. */
  awaited: number
  /** Called when the last of them has left, at its deadline or by its signal. */
  abandoned(how: 'late' | 'aborted', why: unknown): void
}

/** The callers of one limiter. */
export interface Callers {
  /** Begins a call: hands it to `send`, and resolves or rejects when it ends. */
  begin(load: Load, signal: Signal | undefined, send: (caller: Caller) => void): Promise<Outcomes>
  /** Ends a call, unless it has ended: every call ends here. */
  end(caller: Caller, ending: Ending): void
}

export interface CallersOptions {
  /** When a caller leaves, in ms from its call; `Infinity`: never. */
  readonly deadline: number
  /** Called for a caller that ended without having been sent. */
  unsent(caller: Caller): void
}

/** Callers that leave at their deadline, or when their signal fires. */
export function callers({ deadline, unsent }: CallersOptions): Callers {
  const hasDeadline = deadline < Number.POSITIVE_INFINITY
  const dates = deadlines<Caller>((caller) => end(caller, { how: 'late', why: missedDeadline() }))

  const end: Callers['end'] = (caller, ending) => {
    if (caller.ended !== undefined) return
    caller.ended = ending.how
    if (hasDeadline) dates.remove(caller)
    caller.stopListening?.()
    if (ending.how === 'answered') caller.resolve(ending.outcomes)
    else caller.reject(ending.why)
    if (caller.batch === undefined) unsent(caller)
    else leave(caller.batch, ending)
  }

  return {
    begin: ({ requests, slot, work }, signal, send) =>
      new Promise((resolve, reject) => {
        const caller: Caller = {
          requests,
          slot,
          work,
          resolve,
          reject,
          due: monotonicNow() + deadline,
          before: undefined,
          after: undefined,
          ended: undefined,
          batch: undefined,
          stopListening: undefined,
        }
        if (hasDeadline) dates.add(caller)
        if (signal !== undefined) {
          caller.stopListening = onAbort(signal, () => end(caller, { how: 'aborted', why: signal.reason }))
        }
        send(caller)
      }),
    end,
  }
}

function leave(batch: CallersBatch, ending: Ending): void {
  batch.awaited -= 1
  if (batch.awaited > 0 || ending.how === 'answered' || ending.how === 'failed') return
  batch.abandoned(ending.how, ending.why)
}

/** An error for each caller, which may add to it. Without a stack, which would show a timer alone, thousands are made at once. */
function missedDeadline(): DeadlineError {
  const { stackTraceLimit } = Error
  // Not by assignment, which throws where intrinsics are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0)
  const error = new DeadlineError()
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return error
}
