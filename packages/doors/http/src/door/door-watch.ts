import { warnOnce } from '@sluice/core/internal'
import type { DoorLimiter } from './door-options.ts'

/** So many in a row were used for one request and no other: no service begins like that by chance. */
const mostInARow = 100

const watch = { inARow: 0 }

/**
 * To be called when a door is made; the function that it returns, for each request. Warns when doors are made in a handler, one for each
 * request: with limiters of their own they would limit nobody. Such a door is asked in the same tick in which it was made, and never again.
 */
export function doorWatch(door: string): () => void {
  let visits = 0
  let isNew = true
  let countsAsOne = false
  queueMicrotask(() => {
    isNew = false
  })
  return () => {
    if (visits === 2) return
    visits += 1
    if (visits === 2) {
      if (countsAsOne) watch.inARow = 0
      return
    }
    if (!isNew) return
    countsAsOne = true
    watch.inARow += 1
    if (watch.inARow < mostInARow) return
    const message = `${mostInARow} requests in a row came through a ${door} of their own: make it once, outside of the handler. Said once.`
    warnOnce(watch, 'SLUICE_DOOR_PER_REQUEST', message)
  }
}

/**
 * To be called with the limiter of each request. Warns when each has one of its own: each would have its own memory, and limit nobody.
 * Limiters that are kept, say one for each customer, come a second time sooner or later.
 */
export function limiterWatch(door: string): (limiter: DoorLimiter) => void {
  let seen: WeakSet<DoorLimiter> | undefined = new WeakSet()
  let count = 0
  return (limiter) => {
    if (seen === undefined) return
    count += 1
    if (!seen.has(limiter) && count <= mostInARow) {
      seen.add(limiter)
      return
    }
    if (!seen.has(limiter)) {
      const message = `The \`limiter\` of ${door} was another one for each of ${count} requests: make limiters once, outside of the function. Said once.`
      warnOnce(seen, 'SLUICE_LIMITER_PER_REQUEST', message)
    }
    seen = undefined
  }
}
