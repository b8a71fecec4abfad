import { monotonicNow } from '@sluice/core/internal'
import { whenTurnEnds } from '../timers.ts'
import type { Caller } from './caller.ts'

/**
 * The most that shares a script: Redis does nothing else for as long as it runs. It is the work of so many requests to a
 * bucket; `Weigh` says how many of them a request is worth.
 */
export const largestBatch = 128

/** While fewer requests than these are in flight, none waits for a reply. */
export const mostUnmerged = 32

/** Sends what callers request in one script; calls `over`, once, when no caller waits for it any more. */
export type Send = (callers: readonly Caller[], over: () => void) => void

/** Callers that wait for their turn, and how much is in flight before them. */
export interface Queue {
  readonly send: Send
  /** Called whenever nothing waits and nothing is in flight any more. */
  readonly empty: () => void
  /** First come, first sent. */
  readonly waiting: Caller[]
  workWaiting: number
  workInFlight: number
  requestsInFlight: number
  /** Whether all that waits will be sent at the end of this turn of the event loop. */
  endsTurn: boolean
}

/** A queue in which nothing waits. */
export function queue({ send, empty = () => {} }: { readonly send: Send; readonly empty?: () => void }): Queue {
  return { send, empty, waiting: [], workWaiting: 0, workInFlight: 0, requestsInFlight: 0, endsTurn: false }
}

/** The queues of one limiter by slot, while something is in flight there: a limiter may come across thousands of slots. */
export function queues(send: Send): (slot: number) => Queue {
  const inUse = new Map<number, Queue>()
  return (slot) => {
    let found = inUse.get(slot)
    if (found === undefined) {
      found = queue({ send, empty: () => inUse.delete(slot) })
      inUse.set(slot, found)
    }
    return found
  }
}

/**
 * Lets a caller share a script with others. A single caller is sent at once. While little is in flight, what is requested in one
 * turn of the event loop goes together at its end, so that no request waits for a reply. While more is, a batch is sent once it is as
 * large as what is in flight, so Redis works on one half of the load while the client handles the other. A full batch never
 * waits; callers that have left while waiting are not sent.
 */
export function enqueue(queue: Queue, caller: Caller): void {
  if (queue.requestsInFlight === 0 && queue.waiting.length === 0) {
    dispatch(queue, [caller])
    return
  }
  if (queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)
  wait(queue, caller)
  sendDue(queue)
}

/** Sends a caller at once, with those that wait already, whatever is in flight. */
export function sendAtOnce(queue: Queue, caller: Caller): void {
  wait(queue, caller)
  sendAll(queue)
}

function wait(queue: Queue, caller: Caller): void {
  queue.waiting.push(caller)
  queue.workWaiting += caller.work
}

function sendDue(queue: Queue): void {
  while (queue.waiting.length > 0 && queue.workWaiting >= Math.min(queue.workInFlight, largestBatch)) sendNext(queue)
}

function sendAll(queue: Queue): void {
  while (queue.waiting.length > 0) sendNext(queue)
}

function sendAtEndOfTurn(queue: Queue): void {
  if (queue.endsTurn) return
  queue.endsTurn = true
  whenTurnEnds(() => {
    queue.endsTurn = false
    sendAll(queue)
  })
}

function sendNext(queue: Queue): void {
  const now = monotonicNow()
  const next = queue.waiting.splice(0, fitting(queue.waiting))
  for (const { work } of next) queue.workWaiting -= work
  const waiting = next.filter((caller) => caller.ended === undefined && caller.due > now)
  if (waiting.length > 0) dispatch(queue, waiting)
  else emptyIfIdle(queue)
}

/** How many of the callers, first come first, fit in one batch; at least one. */
function fitting(callers: readonly Caller[]): number {
  let work = 0
  for (let i = 0; i < callers.length; i += 1) {
    work += (callers[i] as Caller).work
    if (work > largestBatch) return Math.max(i, 1)
  }
  return callers.length
}

function dispatch(queue: Queue, callers: readonly Caller[]): void {
  let [work, requests] = [0, 0]
  for (const caller of callers) {
    work += caller.work
    requests += caller.requests.length
  }
  queue.workInFlight += work
  queue.requestsInFlight += requests
  queue.send(callers, () => {
    queue.workInFlight -= work
    queue.requestsInFlight -= requests
    sendDue(queue)
    if (queue.waiting.length > 0 && queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)
    emptyIfIdle(queue)
  })
}

function emptyIfIdle({ requestsInFlight, waiting, empty }: Queue): void {
  if (requestsInFlight === 0 && waiting.length === 0) empty()
}
