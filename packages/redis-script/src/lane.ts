import type { Ask } from '@sluice/core'
import type { Caller } from './caller.ts'
import { monotonicNow } from './timers.ts'

/**
 * The most that shares a script: Redis does nothing else for as long as it runs. It is the work of so many requests to a
 * bucket; `Weigh` says how many of them a request is worth.
 */
export const largestBatch = 128

/** While fewer requests than these are in flight, none waits for a reply. */
export const mostUnmerged = 32

// Once what has come in is read: requests of many connections share a script. Where there is no such thing, a little earlier.
const whenTurnEnds: (act: () => void) => void =
  typeof globalThis.setImmediate === 'function' ? globalThis.setImmediate : queueMicrotask

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
  const queue: Caller[] = []
  let queued = 0
  let inFlight = 0
  let requestsInFlight = 0
  let endsTurn = false

  const workOf = ({ asks }: Caller): number => asks.reduce((work, ask) => work + weigh(ask), 0)

  /** How many of those who wait, first come first, fit in one batch, at least one; and their work. */
  const fitting = (): readonly [callers: number, work: number] => {
    let work = 0
    for (let i = 0; i < queue.length; i += 1) {
      const next = workOf(queue[i] as Caller)
      if (i > 0 && work + next > largestBatch) return [i, work]
      work += next
    }
    return [queue.length, work]
  }

  const dispatch = (callers: readonly Caller[]): void => {
    let [work, requests] = [0, 0]
    for (const caller of callers) {
      work += workOf(caller)
      requests += caller.asks.length
    }
    inFlight += work
    requestsInFlight += requests
    let over = false
    send(callers, () => {
      if (over) return
      over = true
      inFlight -= work
      requestsInFlight -= requests
      sendQueued()
      if (queue.length > 0 && requestsInFlight < mostUnmerged) sendAtEndOfTurn()
      if (inFlight === 0 && queue.length === 0) empty()
    })
  }

  const sendNext = (): void => {
    const [callers, work] = fitting()
    queued -= work
    const now = monotonicNow()
    const waiting = queue.splice(0, callers).filter(({ waiting, due }) => waiting && due > now)
    if (waiting.length > 0) dispatch(waiting)
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
    queue.push(caller)
    queued += workOf(caller)
  }

  return {
    push(caller) {
      if (inFlight === 0 && queue.length === 0) return dispatch([caller])
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
