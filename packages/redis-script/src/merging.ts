import type { Answer, Ask } from '@sluice/core'

/** Decides a batch of asks, in order. An ask that fails alone has an error for its outcome; rejects when all failed. */
export type Decide = (asks: readonly Ask[]) => Promise<readonly (Answer | Error)[]>

/** The most asks that share a script: Redis does nothing else for as long as it runs. */
export const largestBatch = 128

/** Scripts under way at once: while one is being answered, the next is already on its way. */
const mostInFlight = 2

interface Caller {
  readonly asks: readonly Ask[]
  resolve(outcomes: readonly (Answer | Error)[]): void
  reject(error: unknown): void
}

/**
 * Lets what is asked while other scripts are in flight travel together in the next one. A lone ask goes out at once; first
 * come is first decided, once the server knows the scripts; each caller gets its own outcomes, or the error of the script that its asks were in.
 */
export function merging(decide: Decide): Decide {
  const waiting: Caller[] = []
  let inFlight = 0

  const send = async (callers: readonly Caller[]): Promise<void> => {
    inFlight += 1
    try {
      const outcomes = await decide(callers.flatMap(({ asks }) => asks))
      let from = 0
      for (const { asks, resolve } of callers) {
        resolve(outcomes.slice(from, from + asks.length))
        from += asks.length
      }
    } catch (error) {
      for (const { reject } of callers) reject(error)
    }
    inFlight -= 1
    sendWaiting()
  }

  const sendWaiting = (): void => {
    while (inFlight < mostInFlight && waiting.length > 0) void send(waiting.splice(0, fitting(waiting)))
  }

  return (asks) =>
    new Promise((resolve, reject) => {
      waiting.push({ asks, resolve, reject })
      sendWaiting()
    })
}

/** How many of the callers, first come first, fit in one batch; at least one. */
function fitting(callers: readonly Caller[]): number {
  let size = 0
  for (const [i, { asks }] of callers.entries()) {
    size += asks.length
    if (size > largestBatch) return Math.max(i, 1)
  }
  return callers.length
}

/** One part of several: if all of it failed, the others stand, and each of its asks has the error for its outcome. */
function settled(decide: Decide, asks: readonly Ask[]): ReturnType<Decide> {
  return decide(asks).catch((error: Error) => asks.map(() => error))
}

/** Splits what is more than one batch into several, sent one right behind the other. */
export function inBatches(decide: Decide): Decide {
  return async (asks) => {
    if (asks.length <= largestBatch) return decide(asks)
    // Of equal parts none is a lone ask, which goes by another script and might overtake the others.
    const size = Math.ceil(asks.length / Math.ceil(asks.length / largestBatch))
    const batches: ReturnType<Decide>[] = []
    for (let from = 0; from < asks.length; from += size) batches.push(settled(decide, asks.slice(from, from + size)))
    return (await Promise.all(batches)).flat()
  }
}

/** Decides together what shares a lane, and puts the outcomes back in order. */
export function inLanes(laneOf: (ask: Ask) => number, open: () => Decide): Decide {
  const lanes = new Map<number, Decide>()
  const laneAt = (lane: number): Decide => {
    const decide = lanes.get(lane) ?? open()
    lanes.set(lane, decide)
    return decide
  }

  return async (asks) => {
    const places = new Map<number, number[]>()
    for (const [place, ask] of asks.entries()) {
      const lane = laneOf(ask)
      const known = places.get(lane)
      if (known === undefined) places.set(lane, [place])
      else known.push(place)
    }
    const [only] = places.keys()
    if (places.size === 1 && only !== undefined) return laneAt(only)(asks)

    const outcomes: (Answer | Error)[] = new Array(asks.length)
    const decideLane = async ([lane, own]: [number, number[]]): Promise<void> => {
      const asked = own.map((place) => asks[place] as Ask)
      const decided = await settled(laneAt(lane), asked)
      for (const [i, place] of own.entries()) outcomes[place] = decided[i] as Answer | Error
    }
    await Promise.all([...places].map(decideLane))
    return outcomes
  }
}
