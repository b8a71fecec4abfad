import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter, type PolicyDecision, type Store } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, crowded, forwardMove, longHistory, type Move, moveBy, type Step, steps } from './history.ts'
import { changingOptions, type Law, scaled, turn } from './law.ts'
import { lastDate } from './model.ts'
import { play } from './playing.ts'
import { type ReferenceLimiter, referenceLimiter } from './reference-limiter.ts'
import type { Pair } from './subject.ts'

/**
 * Never drawn: several policies (law 11 has them), two callers at once, a server's own clock that is set back or that stands still (the
 * test of faults has the first), a clock that goes back to before an expiry which is a day past, and a refund of more than the limit but
 * less than all of a debt.
 */
export const twins: Law = {
  number: 10,
  title: 'every store decides as the specification does, field by field',
  async check(pair, effort) {
    await fc.assert(onInjectedClock(pair), effort)
    await fc.assert(onOwnClock(pair), scaled(effort, 0.03))
  },
}

const allModes = ['consume', 'consume', 'consume', 'consume', 'charge', 'charge', 'peek', 'refund', 'reset'] as const

/** A step that may be sent twice at once, in a batch, and the options that apply from it on. */
interface Turn {
  readonly step: Step
  readonly twice: boolean
  readonly options: number | undefined
}

function turns(history: fc.Arbitrary<Step[]>): fc.Arbitrary<Turn[]> {
  const with24 = fc.array(fc.tuple(turn, fc.nat({ max: 3 })), { minLength: 24, maxLength: 24 })
  return fc.tuple(history, with24).map(([steps, changes]) =>
    steps.map((step, i) => {
      const [options, draw] = changes[i] ?? [undefined, 1]
      return { step, options, twice: draw === 0 && step.mode === 'consume' }
    }),
  )
}

function onInjectedClock({ subject, harness }: Pair): fc.IAsyncPropertyWithHooks<[readonly unknown[], Turn[]]> {
  // Long and quick enough for state that grows to be tidied up.
  const all = fc.oneof(
    { weight: 17, arbitrary: turns(steps(allModes, anyMove)) },
    { weight: 2, arbitrary: turns(crowded(['consume', 'charge', 'charge', 'refund'])) },
    { weight: 1, arbitrary: turns(longHistory) },
  )
  return fc.asyncProperty(changingOptions(subject), all, async (choice, history) => {
    await play(harness, async ({ limiter, move, note, clock }) => {
      const sides = sidesOf(choice.map(subject.policy), (policy) => limiter('law', policy))
      const reference = referenceLimiter({ default: subject.model(choice[0]) })
      let now = 0
      for (const [i, { step, twice, options }] of history.entries()) {
        if (options !== undefined) {
          now = options % choice.length
          reference.reconfigure({ default: subject.model(choice[now]) })
        }
        move(step.move, subject.span(choice[now]))
        const decisions = await sendBoth(sides[now] as Side, step, twice)
        assertAsModel(decisions, reference, sides[now] as Side, step, clock.now, i)
        for (const until of reference.expiries()) clock.keeps(until)
        const last = decisions.at(-1)
        if (last !== undefined) note(last)
      }
    })
  })
}

/** The store goes by its own clock: each answer says when it was given, and the model is asked at that instant. */
function onOwnClock({ subject, harness }: Pair): fc.IAsyncPropertyWithHooks<[readonly unknown[], Turn[]]> {
  const choice = changingOptions({
    ...subject,
    options: subject.options.filter((one) => subject.span(one) <= longestMs),
  })
  const history = turns(steps(allModes, forwardMove))
  return fc.asyncProperty(choice, history, async (choice, history) => {
    const open = await harness.open(undefined)
    const { store, answeredAt } = dated(open.store)
    const named = (name: string, policy: ReturnType<typeof subject.policy>): Limiter =>
      createLimiter({ name, policy, store, failure: 'throw', deadline: '1h' })
    try {
      const sides = sidesOf(choice.map(subject.policy), (policy) => named('law', policy))
      const ticking = named('ticking', subject.policy(choice[0]))
      const reference = referenceLimiter({ default: subject.model(choice[0]) })
      let last = { retryAfterMs: 0, resetAfterMs: 0 }
      let now = 0
      for (const [i, { step, twice, options }] of history.entries()) {
        if (options !== undefined) {
          now = options % choice.length
          reference.reconfigure({ default: subject.model(choice[now]) })
        }
        const due = answeredAt() + waitOf(step.move, subject.span(choice[now]), answeredAt(), last)
        while (answeredAt() < due) await ticking.peek('a')
        const decisions = await sendBoth(sides[now] as Side, step, twice)
        assertAsModel(decisions, reference, sides[now] as Side, step, answeredAt(), i)
        last = decisions.at(-1) ?? last
      }
    } finally {
      await open.close()
    }
  })
}

/** Short enough to wait for. */
const longestMs = 12

function waitOf(move: Move, span: number, now: number, last: { retryAfterMs: number; resetAfterMs: number }): number {
  const ms = moveBy(move, span, now, last)
  return ms <= longestMs ? ms : 0
}

/** A store that tells when it answered last. */
function dated(store: Store): { readonly store: Store; answeredAt(): number } {
  let now = 0
  return {
    answeredAt: () => now,
    store: {
      bind(limiter) {
        const gate = store.bind(limiter)
        return {
          async apply(asks, signal) {
            const outcomes = await gate.apply(asks, signal)
            for (const outcome of outcomes) if (!(outcome instanceof Error)) now = outcome.now
            return outcomes
          },
        }
      },
    },
  }
}

interface Side {
  readonly limiter: Limiter
  readonly limit: number
  /** Whether other options apply to some of the history. */
  readonly hasChanged: boolean
}

function sidesOf<P extends { readonly limit: number }>(policies: readonly P[], bind: (policy: P) => Limiter): Side[] {
  const hasChanged = policies.length > 1
  return policies.map((policy) => ({ limiter: bind(policy), limit: policy.limit, hasChanged }))
}

function costOfStep({ mode, weight }: Step, limit: number): number {
  const cost = costOf(weight, limit)
  return mode === 'refund' && weight.of !== 'most' ? Math.min(cost, limit) : cost
}

async function sendBoth({ limiter, limit }: Side, step: Step, twice: boolean): Promise<Decision[]> {
  const { mode, key } = step
  const cost = costOfStep(step, limit)
  if (twice) return limiter.consumeMany([1, 2].map(() => ({ key, cost })))
  if (mode !== 'reset') return [await limiter[mode](key, { cost })]
  await limiter.reset(key)
  return []
}

function assertAsModel(
  decisions: readonly Decision[],
  reference: ReferenceLimiter,
  { limit, hasChanged }: Side,
  step: Step,
  now: number,
  i: number,
): void {
  const ask = (): Decision => reference.ask(step.mode, step.key, [costOfStep(step, limit)], now)
  if (step.mode === 'reset') ask()
  // Under changed options a debt may pass 2^53: how far it is above the limit can then not be told.
  const comparable = (decision: Decision): Decision => inClockRange(hasChanged ? upToLimit(decision) : decision, now)
  for (const decision of decisions) assert.deepEqual(comparable(decision), comparable(ask()), `step ${i}`)
}

function upToLimit(decision: Decision): Decision {
  const cut = <D extends PolicyDecision>(one: D): D => ({ ...one, used: Math.min(one.used, one.limit) })
  const policies = Object.entries(decision.policies).map(([name, one]) => [name, cut(one)])
  return { ...cut(decision), policies: Object.fromEntries(policies) }
}

/** Waits that end after the last date of all are alike: no clock comes there. */
export function inClockRange(decision: Decision, now: number): Decision {
  const policies = Object.entries(decision.policies).map(([name, one]) => [name, withinRange(one, now)])
  return { ...withinRange(decision, now), policies: Object.fromEntries(policies) }
}

function withinRange<D extends PolicyDecision>(decision: D, now: number): D {
  const longest = Number(lastDate) - now
  const cut = (ms: number): number => (ms > longest && ms < Number.POSITIVE_INFINITY ? longest + 1 : ms)
  const { retryAfterMs, resetAfterMs, delayMs } = decision
  return { ...decision, retryAfterMs: cut(retryAfterMs), resetAfterMs: cut(resetAfterMs), delayMs: cut(delayMs) }
}
