import type { Policy } from '@sluice/core'
import { type SingleState, singleState } from './single-state.ts'

/** Finds the tightest limit under which a client is never refused. */
export interface LimitSearch {
  /**
   * For a client that came at these times, in order; `Infinity` where every limit refuses it. Yields after each 20,000 steps, decisions or clients, in which the
   * caller may want to do something else.
   */
  tightest(times: Float64Array): Generator<undefined, number>
}

/** A policy at one limit. */
interface Candidate {
  /** Of the policy, which need not be the one it was made for. */
  readonly limit: number
  readonly state: SingleState
}

const stepsInChunk = 20_000
const mostCandidates = 1000
const largestLimit = 2 ** 40

/** A search among the policies of one algorithm that differ in their limit. */
export function limitSearch(policy: (limit: number) => Policy): LimitSearch {
  const candidates = candidatesOf(policy)
  let steps = 0
  const isChunkDone = (): boolean => {
    steps += 1
    return steps % stepsInChunk === 0
  }

  function* admitsAll(limit: number, times: Float64Array): Generator<undefined, boolean> {
    const candidate = candidates.at(limit)
    // Used is never more than all that was charged, so the quota holds every request of the client.
    if (candidate.limit >= times.length) return true
    candidate.state.clear()
    for (const time of times) {
      if (!candidate.state.admits(time)) return false
      if (isChunkDone()) yield
    }
    return true
  }

  return {
    *tightest(times) {
      // Most clients of a long log need no decision at all.
      if (isChunkDone()) yield
      // From below: a limit that is too tight refuses early, so it costs little to try.
      let refused = 0
      let admitted = 1
      while (!(yield* admitsAll(admitted, times))) {
        if (admitted === candidates.largest()) return Number.POSITIVE_INFINITY
        refused = admitted
        admitted = candidates.atMost(2 * admitted)
      }
      while (admitted - refused > 1) {
        const middle = Math.floor((refused + admitted) / 2)
        if (yield* admitsAll(middle, times)) admitted = middle
        else refused = middle
      }
      return admitted
    },
  }
}

/** Policies by their limit, made when they are needed. */
function candidatesOf(policy: (limit: number) => Policy): {
  at(limit: number): Candidate
  /** The limit, or the largest below it that the algorithm can have. */
  atMost(limit: number): number
  /** The largest that is known to be possible, or may be. */
  largest(): number
} {
  const known = new Map<number, Candidate>()
  let largest = largestLimit

  const make = (limit: number): Candidate => {
    const made = policy(limit)
    const candidate = { limit: made.limit, state: singleState(made) }
    if (known.size >= mostCandidates) known.clear()
    known.set(limit, candidate)
    return candidate
  }
  const at = (limit: number): Candidate => known.get(limit) ?? make(limit)
  const isPossible = (limit: number): boolean => {
    try {
      at(limit)
      return true
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }

  return {
    at,
    atMost(limit) {
      if (limit >= largest) return largest
      if (isPossible(limit)) return limit
      // Half of it is possible: that is where the search comes from.
      let possible = Math.floor(limit / 2)
      let impossible = limit
      while (impossible - possible > 1) {
        const middle = Math.floor((possible + impossible) / 2)
        if (isPossible(middle)) possible = middle
        else impossible = middle
      }
      largest = possible
      return largest
    },
    largest: () => largest,
  }
}
