import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter, type Policy } from '@sluice/core'
import type fc from 'fast-check'
import { type Answered, costOf, type HistoryClock, historyClock, type Move, type Step } from './history.ts'
import type { OpenStore, Pair } from './subject.ts'

/** One history under way: a store of its own, its clock, and the last decision. */
export interface Play {
  readonly open: OpenStore
  readonly clock: HistoryClock
  limiter(name: string, policy: Policy, slot?: 'key' | 'limiter'): Limiter
  /** Moves the clock; distances refer to the last decision noted. */
  move(move: Move, span: number): void
  note(decision: Decision): Decision
}

/** Runs a property over histories: each opens an empty store, plays, and removes what it stored. */
export async function play(harness: Pair['harness'], history: (play: Play) => Promise<void>): Promise<void> {
  const clock = historyClock(harness.earliest ?? 0)
  const open = await harness.open(clock.read)
  let last: Answered = { retryAfterMs: 0, resetAfterMs: 0 }
  try {
    await history({
      open,
      clock,
      limiter: (name, policy, slot) => createLimiter({ name, policy, slot, store: open.store, failure: 'throw' }),
      move: (move, span) => clock.move(move, span, last),
      note(decision) {
        last = decision
        for (const { resetAfterMs } of Object.values(decision.policies)) clock.keeps(clock.now + resetAfterMs)
        return decision
      },
    })
  } finally {
    await open.close()
  }
}

/** Sends a step of a history through a limiter. */
export async function send(limiter: Limiter, step: Step, limit: number): Promise<Decision | undefined> {
  const cost = costOf(step.weight, limit)
  switch (step.mode) {
    case 'consume':
      return limiter.consume(step.key, { cost })
    case 'charge':
      return limiter.charge(step.key, { cost })
    case 'peek':
      return limiter.peek(step.key, { cost })
    case 'refund':
      return limiter.refund(step.key, { cost })
    case 'reset':
      await limiter.reset(step.key)
      return undefined
  }
}

/** What counts in an envelope: a cost admitted (or, negative, given back) when the clock had moved `at` ms forward. */
export interface Flow {
  readonly at: number | bigint
  readonly cost: number
}

/** Law 1, on what was admitted: no stretch of it passes the envelope. */
export function assertWithin(flows: readonly Flow[], envelope: (elapsed: bigint) => bigint): void {
  for (const [i, from] of flows.entries()) {
    let sum = 0n
    for (const to of flows.slice(i)) {
      sum += BigInt(to.cost)
      const elapsed = BigInt(to.at) - BigInt(from.at)
      const bound = envelope(elapsed)
      assert.ok(sum <= bound, `admitted ${sum} within ${elapsed} ms, the envelope is ${bound}`)
    }
  }
}

/** How many histories a law is tried on, where the random numbers start, and whether to be content with a counterexample as found. */
export type Effort = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed' | 'endOnFailure'>
