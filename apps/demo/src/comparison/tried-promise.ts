import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import type { Promised } from './algorithm.ts'

/** A multiple of every window that can be chosen, so that windows of the epoch begin with it. */
const start = Date.UTC(2026, 0, 1)

const windowsTried = 3

/**
 * What a policy lets a greedy client have, who asks until it is refused and comes back when it is told: what there is to say
 * of an algorithm that the page was told no bound for. It begins at the start of a window of the epoch, in its middle and at its
 * end, and at the end of a window that one request of its own has begun.
 */
export function triedPromise(policy: Policy, window: number): Promised {
  const runs = [0, Math.floor(window / 2), window - 1].map((phase) => greedyDepartures(policy, window, start + phase))
  const [first = []] = runs
  runs.push(greedyDepartures(policy, window, start, window - 1))
  return {
    atOnce: first.filter((date) => date === first[0]).length,
    // The whole quota comes back in its own window, which for a bucket is not the one that is compared.
    longRun: Math.round((policy.limit * window) / policy.window),
    anyWindow: Math.max(...runs.map((dates) => mostWithin(dates, window))),
    isTried: true,
  }
}

/** When the requests of a greedy client go ahead, in order; with a pause, after one request and so many ms of silence. */
function greedyDepartures(policy: Policy, window: number, from: number, pause: number = 0): number[] {
  let now = from
  const limiter = createLimiter({ name: 'greedy', policy, store: memoryStore({ clock: () => now }) })
  const departures: number[] = []
  while (now < from + windowsTried * window) {
    const { allowed, delayMs, retryAfterMs } = limiter.consumeSync('greedy')
    if (!allowed) now += Math.max(1, retryAfterMs)
    else if (departures.push(now + delayMs) === 1) now += pause
  }
  return departures.sort((a, b) => a - b)
}

function mostWithin(dates: readonly number[], window: number): number {
  let [most, end] = [0, 0]
  for (const [i, date] of dates.entries()) {
    while (end < dates.length && (dates[end] ?? 0) < date + window) end += 1
    most = Math.max(most, end - i)
  }
  return most
}
