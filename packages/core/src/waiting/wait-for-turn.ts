import type { Decision, Signal } from '../contract/limiter.ts'
import type { Lines, Place } from './lines.ts'
import { type Time, timeOfRuntime } from './time.ts'

/** A turn that somebody waits for: what can be asked of the limiter about it. */
export interface Turn {
  /** Whose line it is. */
  readonly line: string
  /** What it costs, policy by policy. */
  readonly costs: readonly number[]
  /** The longest `delayMs` that an admission may tell. */
  readonly mostDelayMs: number
  consume(): Promise<Decision>
  /** What a consume of these costs would say. */
  peek(costs: readonly number[]): Promise<Decision>
  /** Gives back what the decision has charged, as far as that moves nobody else's turn; what becomes of it is not awaited. */
  giveBack(decision: Decision): void
  /** How long it takes at least until the turn comes, after such a decision and the turns of those ahead. */
  waitOf(decision: Decision, ahead?: readonly number[]): number
}

export interface Patience {
  readonly maxWaitMs: number
  readonly signal: Signal | undefined
  /** Default: as it passes. */
  readonly time?: Time
  /** From 0 to 1, below it. Default `Math.random`. */
  readonly random?: () => number
}

/** Who finds that another process was faster comes back later by up to so many ms, or all processes would ask at the same instant. */
const mostSpreadMs = 100

/**
 * Resolves when it is the caller's turn, or with a refusal as soon as it is known that this would take too long. Who comes while others
 * wait for the same key waits behind them; only the first of a line asks, and not before its last refusal said.
 */
export async function waitForTurn(turn: Turn, lines: Lines, patience: Patience): Promise<Decision> {
  const attempt = attempts(turn, patience)
  const foreseen = await attempt.foresee(lines.ahead(turn.line))
  if (foreseen !== undefined) return foreseen

  let place: Place | undefined
  let pauseMs = 0
  let isContended = false
  try {
    if (lines.ahead(turn.line) === undefined) {
      const decision = await attempt.consume()
      if (attempt.isSettled(decision)) return await attempt.goAhead(decision)
      pauseMs = decision.retryAfterMs
    }
    place = lines.join(turn.line, turn.costs)
    if (!(await attempt.isWithin(place.first))) return await attempt.giveUp()
    for (;;) {
      const hasPaused = await attempt.pause(pauseMs, isContended)
      const decision = await attempt.consume()
      if (attempt.isSettled(decision)) {
        place.leave()
        return await attempt.goAhead(decision)
      }
      pauseMs = decision.retryAfterMs
      isContended ||= hasPaused
    }
  } finally {
    place?.leave()
  }
}

/** What one caller does while it waits. */
function attempts(turn: Turn, { maxWaitMs, signal, time = timeOfRuntime, random = Math.random }: Patience) {
  const began = time.now()
  let askedAt = began
  const leftMs = (): number => maxWaitMs - (time.now() - began)
  const isTooLate = (decision: Decision, ahead?: readonly number[]): boolean => {
    const waitMs = turn.waitOf(decision, ahead)
    return waitMs > leftMs() || waitMs === Number.POSITIVE_INFINITY
  }

  return {
    /** A refusal, where it can be told before anything is charged that the turn would come too late. */
    async foresee(ahead: readonly number[] | undefined): Promise<Decision | undefined> {
      const mayBeTooLate = ahead !== undefined || maxWaitMs < turn.mostDelayMs
      if (maxWaitMs === Number.POSITIVE_INFINITY || !mayBeTooLate) return undefined
      const asked = turn.peek(turn.costs.map((cost, i) => cost + (ahead?.[i] ?? 0)))
      await time.within(asked, Number.POSITIVE_INFINITY, signal)
      const decision = await asked
      return isTooLate(decision, ahead) ? refused(decision, turn.waitOf(decision, ahead) - leftMs()) : undefined
    },
    async consume(): Promise<Decision> {
      const decision = await consumeOrLeave(turn, time, signal)
      askedAt = time.now()
      return decision
    },
    /** Whether nothing would change by asking again. */
    isSettled: (decision: Decision): boolean => decision.allowed || isTooLate(decision),
    /** Waits for the turn that an admission tells. */
    async goAhead(decision: Decision): Promise<Decision> {
      if (!decision.allowed) return decision
      if (decision.delayMs > leftMs()) {
        turn.giveBack(decision)
        return refused(decision, decision.delayMs - leftMs())
      }
      try {
        await time.within(undefined, decision.delayMs, signal)
      } catch (error) {
        turn.giveBack(decision)
        throw error
      }
      return decision
    },
    isWithin: (first: Promise<void>): Promise<boolean> => time.within(first, leftMs(), signal),
    /** Waits as the last refusal said, from then on; a little longer where others are faster. Resolves to whether there was anything to wait. */
    async pause(ms: number, isContended: boolean): Promise<boolean> {
      const spreadMs = isContended ? Math.floor(random() * Math.min(ms, mostSpreadMs)) : 0
      const pauseMs = Math.min(ms + spreadMs - (time.now() - askedAt), leftMs())
      await time.within(undefined, pauseMs, signal)
      return pauseMs > 0
    },
    /** Others have waited for so long that there is no time left. */
    async giveUp(): Promise<Decision> {
      const decision = await turn.peek(turn.costs)
      return refused(decision, turn.waitOf(decision))
    },
  }
}

/** Who has left wants nothing any more, when the answer comes. */
async function consumeOrLeave(turn: Turn, time: Time, signal: Signal | undefined): Promise<Decision> {
  const asked = turn.consume()
  try {
    await time.within(asked, Number.POSITIVE_INFINITY, signal)
  } catch (error) {
    if (signal?.aborted) asked.then((decision) => decision.allowed && turn.giveBack(decision)).catch(() => {})
    throw error
  }
  return asked
}

/** A refusal. What would be admitted, but too late for the caller, may be asked for again after so many ms. */
function refused(decision: Decision, ms: number): Decision {
  if (!decision.allowed) return decision
  return { ...decision, allowed: false, retryAfterMs: Math.max(1, Math.ceil(ms)), delayMs: 0, cost: 0 }
}
