import type { Caller } from './caller.ts'
import { monotonicNow } from './timers.ts'

/** The most asks that share a script: Redis does nothing else for as long as it runs. */
export const largestBatch = 128

/** Sends what callers ask in one script; calls `over` once nobody waits for it any more. */
export type Send = (callers: readonly Caller[], over: () => void) => void

/** Where callers wait their turn. */
export interface Lane {
  push(caller: Caller): void
}

/** Sends each caller's asks by a script of their own, at once. */
export function loneLane(send: Send): Lane {
  return { push: (caller) => send([caller], () => {}) }
}

/**
 * Lets what is asked while other scripts are in flight travel together in the next one, which goes as soon as it holds as
 * much as is in flight: Redis decides one half while the client attends to the other, at any load. A lone caller is sent at
 * once, and so is a full batch; first come is first sent; who has left while waiting is not sent. Calls `empty` whenever
 * nothing waits and nothing is in flight any more.
 */
export function mergingLane(send: Send, empty: () => void = () => {}): Lane {
  const queue: Caller[] = []
  // Asks, not callers.
  let queued = 0
  let inFlight = 0

  const dispatch = (callers: readonly Caller[]): void => {
    const size = asksOf(callers)
    inFlight += size
    let over = false
    send(callers, () => {
      if (over) return
      over = true
      inFlight -= size
      sendQueued()
      if (inFlight === 0) empty()
    })
  }

  const sendQueued = (): void => {
    while (queue.length > 0 && queued >= Math.min(inFlight, largestBatch)) {
      const next = queue.splice(0, fitting(queue))
      queued -= asksOf(next)
      const now = monotonicNow()
      const callers = next.filter(({ waiting, due }) => waiting && due > now)
      if (callers.length > 0) dispatch(callers)
    }
  }

  return {
    push(caller) {
      // Then nothing waits, either.
      if (inFlight === 0) return dispatch([caller])
      queue.push(caller)
      queued += caller.asks.length
      sendQueued()
    },
  }
}

function asksOf(callers: readonly Caller[]): number {
  let asks = 0
  for (const caller of callers) asks += caller.asks.length
  return asks
}

/** How many of the callers, first come first, fit in one batch; at least one. */
function fitting(callers: readonly Caller[]): number {
  let size = 0
  for (let i = 0; i < callers.length; i += 1) {
    size += (callers[i] as Caller).asks.length
    if (size > largestBatch) return Math.max(i, 1)
  }
  return callers.length
}
