import { type Decision, type Duration, type Limiter, parseDuration } from '@sluice/core'
import { expectOptions } from '@sluice/core/internal'
import { decideAll } from './decide-all.ts'
import type { Arrival, Traffic } from './traffic.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { type Passage, type WorstWindow, worstWindow } from './worst-window.ts'

export interface SimulateOptions {
  readonly traffic: Traffic
  /** Over a store that was given `clock.now` as its clock. */
  readonly limiter: Limiter
  /** Where it stands is the start of the traffic; it is left at the last request. */
  readonly clock: VirtualClock
  /** How long one bucket of the timeline is; at most 10,000 of them. */
  readonly bucket: Duration
  /** The length of the window that `worstWindow` looks for. */
  readonly window: Duration
  /** Called for each decision, in order. What it throws ends the simulation. */
  readonly onDecision?: ((decided: Decided) => void) | undefined
}

/** One request of the traffic, and what the limiter said. */
export interface Decided {
  /** When it was asked, in ms from the start. */
  readonly at: number
  readonly key: string
  readonly cost: number
  /** How many times it was refused before. */
  readonly refusals: number
  readonly decision: Decision
}

/** What happened, in requests. `admitted` + `refused` = `asked`. */
export interface Outcomes {
  /** Retries included. */
  readonly asked: number
  readonly admitted: number
  readonly refused: number
  /** Those of the admitted that were told to wait. */
  readonly delayed: number
  /** Those that went ahead: the delayed when their turn came, the other admitted at once. */
  readonly departed: number
}

/** One stretch of the timeline. */
export interface Bucket extends Outcomes {
  /** Its start, in ms since the epoch. */
  readonly at: number
}

/** The course of one simulation. */
export interface Timeline {
  /** Ms since the epoch. */
  readonly start: number
  readonly bucketMs: number
  readonly buckets: readonly Bucket[]
  /** The sums of the buckets. Who is admitted but has not departed by the end was still waiting. */
  readonly totals: Outcomes
  /** The longest `delayMs` of an admitted request. */
  readonly longestDelayMs: number
  /** See `worstWindow`; departures after the end are counted in it. Absent when nothing was admitted. */
  readonly worstWindow?: WorstWindow
}

/** An arrival that is due, for the first time or again. */
interface Attempt {
  readonly at: number
  readonly arrival: Arrival
  /** How many times it was refused before. */
  readonly refusals: number
}

type Tally = { -readonly [K in keyof Outcomes]: Outcomes[K] }

const mostBuckets = 10_000

/**
 * Sends traffic through a limiter, in time order and one instant after the other, on a virtual clock; refused clients come
 * back as the traffic says. Throws a `RangeError` that names what is wrong; what the store throws passes through.
 */
export async function simulate(options: SimulateOptions): Promise<Timeline> {
  expectOptions('simulate', options, ['traffic', 'limiter', 'clock', 'bucket', 'window', 'onDecision'])
  const { limiter, clock, onDecision } = options
  const traffic = expectTraffic(options.traffic)
  const window = parseDuration('window', options.window)
  const bucketMs = expectBucket(options.bucket, traffic)

  const start = clock.now()
  const tallies = Array.from({ length: Math.ceil(traffic.duration / bucketMs) }, emptyTally)
  const passages = new Map<string, Passage[]>()
  const queue = attemptQueue(traffic)
  let longestDelayMs = 0

  const note = ({ at, arrival: { key, cost } }: Attempt, decision: Decision): void => {
    const tally = tallies[Math.floor(at / bucketMs)] as Tally
    tally.asked += 1
    if (!decision.allowed) {
      tally.refused += 1
      return
    }
    tally.admitted += 1
    if (decision.delayMs > 0) tally.delayed += 1
    longestDelayMs = Math.max(longestDelayMs, decision.delayMs)

    const departure = at + decision.delayMs
    const departs = departure < traffic.duration ? tallies[Math.floor(departure / bucketMs)] : undefined
    if (departs !== undefined) departs.departed += 1
    keep(passages, key, { at: start + departure, cost })
  }

  for (let due = queue.next(); due.length > 0; due = queue.next()) {
    clock.advanceTo(start + (due[0] as Attempt).at)
    const decisions = await decideAll(
      limiter,
      due.map(({ arrival: { key, cost } }) => ({ key, cost })),
    )
    for (const [i, decision] of decisions.entries()) {
      const attempt = due[i] as Attempt
      note(attempt, decision)
      onDecision?.(decidedOf(attempt, decision))
      if (!decision.allowed) queue.refused(attempt)
    }
  }

  const worst = worstWindow(passages, window)
  return {
    start,
    bucketMs,
    buckets: tallies.map((tally, i) => ({ at: start + i * bucketMs, ...tally })),
    totals: sum(tallies),
    longestDelayMs,
    ...(worst === undefined ? {} : { worstWindow: worst }),
  }
}

function decidedOf({ at, arrival: { key, cost }, refusals }: Attempt, decision: Decision): Decided {
  return { at, key, cost, refusals, decision }
}

/** What comes next, among the arrivals and those who come back. */
function attemptQueue({ arrivals, retry, duration }: Traffic): {
  /** All that is due at the next instant, new arrivals first; nothing at the end. */
  next(): Attempt[]
  refused(attempt: Attempt): void
} {
  // The pause is the same for all, so they come back in the order in which they were refused.
  const returning: Attempt[] = []
  let nextArrival = 0
  let nextReturning = 0

  return {
    next() {
      const soonest = Math.min(arrivals[nextArrival]?.at ?? duration, returning[nextReturning]?.at ?? duration)
      if (soonest >= duration) return []
      const due: Attempt[] = []
      for (let one = arrivals[nextArrival]; one?.at === soonest; one = arrivals[nextArrival]) {
        due.push({ at: soonest, arrival: one, refusals: 0 })
        nextArrival += 1
      }
      for (let one = returning[nextReturning]; one?.at === soonest; one = returning[nextReturning]) {
        due.push(one)
        nextReturning += 1
      }
      return due
    },
    refused({ at, arrival, refusals }) {
      if (retry === undefined || refusals >= retry.attempts) return
      returning.push({ at: at + retry.pause, arrival, refusals: refusals + 1 })
    },
  }
}

function keep(passages: Map<string, Passage[]>, key: string, passage: Passage): void {
  const known = passages.get(key)
  if (known === undefined) passages.set(key, [passage])
  else known.push(passage)
}

function emptyTally(): Tally {
  return { asked: 0, admitted: 0, refused: 0, delayed: 0, departed: 0 }
}

function sum(tallies: readonly Outcomes[]): Outcomes {
  const total = emptyTally()
  for (const tally of tallies) {
    total.asked += tally.asked
    total.admitted += tally.admitted
    total.refused += tally.refused
    total.delayed += tally.delayed
    total.departed += tally.departed
  }
  return total
}

function expectTraffic(traffic: Traffic): Traffic {
  const duration = parseDuration('traffic.duration', traffic.duration)
  let earliest = 0
  for (const { at } of traffic.arrivals) {
    if (!Number.isInteger(at) || at < earliest || at >= duration) {
      throw new RangeError(
        `Expected \`traffic.arrivals\` to be in time order, at whole ms from 0 to ${duration - 1}, got ${at} after ${earliest}`,
      )
    }
    earliest = at
  }
  if (traffic.retry !== undefined) parseDuration('traffic.retry.pause', traffic.retry.pause)
  return traffic
}

function expectBucket(bucket: Duration, { duration }: Traffic): number {
  const bucketMs = parseDuration('bucket', bucket)
  if (Math.ceil(duration / bucketMs) <= mostBuckets) return bucketMs
  const shortest = Math.ceil(duration / mostBuckets)
  throw new RangeError(`Expected \`bucket\` to be at least ${shortest} ms, for ${mostBuckets} buckets, got ${bucketMs}`)
}
