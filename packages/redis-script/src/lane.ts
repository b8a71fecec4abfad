import type { Ask } from '@sluice/core'
import type { Caller } from './caller.ts'
import { monotonicNow, whenTurnEnds } from './timers.ts'

/**
 * The most that shares a script: Redis does nothing else for as long as it runs. It is the work of so many requests to a
 * bucket; `Weigh` says how many of them a request is worth.
 */
export const largestBatch = 128

/** While fewer requests than these are in flight, none waits for a reply. */
export const mostUnmerged = 32

/** How many requests to a bucket take Redis as long as this one, at worst; at least 1. */
export type Weigh = (ask: Ask) => number

/** Sends what callers ask in one script; calls `over` once nobody waits for it any more. */
export type Send = (callers: readonly Caller[], over: () => void) => void

/** Where callers wait their turn. */
export interface Lane {
  push(caller: Caller): void
  /** Sends a caller at once, in a script of its own or with those who wait already, whatever is in flight. */
  pushAtOnce(caller: Caller): void
}

/** Sends each caller's asks by a script of their own, at once. */
export function loneLane(send: Send): Lane {
  const push = (caller: Caller): void => send([caller], () => {})
  return { push, pushAtOnce: push }
}

/** A caller that waits its turn, and what its asks are worth. */
interface Queued {
  readonly caller: Caller
  readonly work: number
}

export interface MergingLaneOptions {
  readonly send: Send
  /** Default: 1 for each. */
  readonly weigh?: Weigh
  /** Called whenever nothing waits and nothing is in flight any more. */
  readonly empty?: () => void
}

/**
 * Lets callers share scripts. A lone caller is sent at once. While little is in flight, what is asked in one turn of the
 * event loop goes together at its end, so that nobody waits for a reply. While more is, the next script goes once it holds as
 * much as is in flight: Redis decides one half while the client attends to the other, at any load. A full batch never waits;
 * first come is first sent; who has left while waiting is not sent.
 */
export function mergingLane({ send, weigh = () => 1, empty = () => {} }: MergingLaneOptions): Lane {
  const queue: Queued[] = []
  let queued = 0
  let inFlight = 0
  let requestsInFlight = 0
  let endsTurn = false

  const weighed = (caller: Caller): Queued => {
    let work = 0
    for (const ask of caller.asks) work += weigh(ask)
    return { caller, work }
  }

  /** How many of those who wait, first come first, fit in one batch, at least one. */
  const fitting = (): number => {
    let work = 0
    for (let i = 0; i < queue.length; i += 1) {
      work += (queue[i] as Queued).work
      if (work > largestBatch) return Math.max(i, 1)
    }
    return queue.length
  }

  const dispatch = (batch: readonly Queued[]): void => {
    let [work, requests] = [0, 0]
    for (const one of batch) {
      work += one.work
      requests += one.caller.asks.length
    }
    inFlight += work
    requestsInFlight += requests
    let over = false
    send(
      batch.map(({ caller }) => caller),
      () => {
        if (over) return
        over = true
        inFlight -= work
        requestsInFlight -= requests
        sendQueued()
        if (queue.length > 0 && requestsInFlight < mostUnmerged) sendAtEndOfTurn()
        if (requestsInFlight === 0 && queue.length === 0) empty()
      },
    )
  }

  const sendNext = (): void => {
    const now = monotonicNow()
    const next = queue.splice(0, fitting())
    for (const { work } of next) queued -= work
    const waiting = next.filter(({ caller }) => caller.waiting && caller.due > now)
    if (waiting.length > 0) dispatch(waiting)
    else if (requestsInFlight === 0 && queue.length === 0) empty()
  }

  const sendQueued = (): void => {
    while (queue.length > 0 && queued >= Math.min(inFlight, largestBatch)) sendNext()
  }

  const sendAll = (): void => {
    while (queue.length > 0) sendNext()
  }

  const sendAtEndOfTurn = (): void => {
    if (endsTurn) return
    endsTurn = true
    whenTurnEnds(() => {
      endsTurn = false
      sendAll()
    })
  }

  const enqueue = (caller: Caller): void => {
    const one = weighed(caller)
    queue.push(one)
    queued += one.work
  }

  return {
    push(caller) {
      if (requestsInFlight === 0 && queue.length === 0) return dispatch([weighed(caller)])
      if (requestsInFlight < mostUnmerged) sendAtEndOfTurn()
      enqueue(caller)
      sendQueued()
    },
    pushAtOnce(caller) {
      enqueue(caller)
      sendAll()
    },
  }
}
