import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Key, type Limiter, type Policy } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, type Move, type Weight, weight } from './history.ts'
import type { Law } from './law.ts'
import type { Model } from './model.ts'
import { type Play, play } from './playing.ts'
import { type ReferenceLimiter, referenceLimiter } from './reference-limiter.ts'
import type { Subject } from './subject.ts'
import { inClockRange } from './twins.ts'

/** Never drawn: more than four policies, options that change (law 10 has them), and refunds of more than the limit. */
export const allOrNothing: Law = {
  number: 11,
  title: 'with several policies, on one key or several, a refusal by one charges none; a batch decides in order',
  async check({ subject, harness, others = [] }, effort) {
    const any = fc.constantFrom(subject, ...others).chain(partOf)
    const parts = fc.tuple(partOf(subject), fc.array(any, { minLength: 1, maxLength: 3, size: 'max' }))
    const property = fc.asyncProperty(parts, slots, visits, async ([first, rest], slot, history) => {
      const all = [first, ...rest]
      await play(harness, async (playing) => {
        const named = all.map((one, i) => [`p${i}`, one] as const)
        const policies = Object.fromEntries(named.map(([name, { policy }]) => [name, policy]))
        const limiter = createLimiter({ name: 'law', policies, slot, store: playing.open.store, failure: 'throw' })
        const reference = referenceLimiter(Object.fromEntries(named.map(([name, { model }]) => [name, model])))
        for (const visit of history) {
          playing.move(visit.move, first.span)
          await pay(slot === 'key' ? onOneKey(visit) : visit, all, limiter, reference, playing)
        }
      })
    })
    await fc.assert(property, effort)
  },
}

/** One policy of a limiter. */
interface Part {
  readonly policy: Policy
  readonly model: Model
  readonly span: number
}

function partOf(subject: Subject): fc.Arbitrary<Part> {
  return subject.options.map((options) => ({
    policy: subject.policy(options),
    model: subject.model(options),
    span: subject.span(options),
    [fc.toStringMethod]: () => `${subject.name} ${JSON.stringify(options)}`,
  }))
}

/** What is asked at one instant: a batch, or one thing alone. */
interface Visit {
  readonly mode: 'consume' | 'charge' | 'batch' | 'peek' | 'refund'
  readonly move: Move
  readonly requests: readonly VisitRequest[]
}

interface VisitRequest {
  /** One for all policies, or one for each. */
  readonly key: string | readonly string[]
  readonly weights: readonly Weight[]
}

const slots = fc.constantFrom('key', 'limiter', 'limiter')

function onOneKey(visit: Visit): Visit {
  return {
    ...visit,
    requests: visit.requests.map((one) => ({ ...one, key: typeof one.key === 'string' ? one.key : 'c' })),
  }
}

const visits: fc.Arbitrary<readonly Visit[]> = fc.array(
  fc.record({
    mode: fc.constantFrom('consume', 'charge', 'batch', 'batch', 'batch', 'peek', 'refund'),
    move: anyMove,
    requests: fc.array(
      fc.record({
        key: fc.oneof(
          fc.constantFrom('a', 'a', 'a', 'b'),
          fc.array(fc.constantFrom('a', 'a', 'b', 'c'), { minLength: 4, maxLength: 4 }),
        ),
        weights: fc.array(weight, { minLength: 4, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 8, size: 'max' },
    ),
  }),
  { minLength: 1, maxLength: 8, size: 'max' },
)

async function pay(
  { mode, requests }: Visit,
  all: readonly Part[],
  limiter: Limiter,
  reference: ReferenceLimiter,
  { open, clock, note }: Play,
): Promise<void> {
  const sent = requests.map(({ key, weights }) => ({
    key,
    costs: all.map(({ policy: { limit } }, i) => {
      const cost = costOf(weights[i] as Weight, limit)
      return mode === 'refund' ? Math.min(cost, limit) : cost
    }),
  }))
  const before = await open.stored()
  const decisions: Decision[] = []
  const asked = mode === 'batch' ? sent : sent.slice(0, 1)
  const costOfAll = (costs: readonly number[]) => Object.fromEntries(costs.map((cost, i) => [`p${i}`, cost]))
  const keyOf = (key: VisitRequest['key']): Key =>
    typeof key === 'string' ? key : Object.fromEntries(all.map((_, i) => [`p${i}`, key[i] as string]))
  if (mode === 'batch') {
    decisions.push(
      ...(await limiter.consumeMany(sent.map(({ key, costs }) => ({ key: keyOf(key), cost: costOfAll(costs) })))),
    )
  } else {
    for (const { key, costs } of asked) decisions.push(await limiter[mode](keyOf(key), { cost: costOfAll(costs) }))
  }
  const expected = asked.map(({ key, costs }) => {
    return reference.ask(mode === 'batch' ? 'consume' : mode, key, costs, clock.now)
  })
  const inRange = (decision: Decision): Decision => inClockRange(decision, clock.now)
  assert.deepEqual(decisions.map(inRange), expected.map(inRange))
  for (const decision of decisions) note(decision)
  for (const until of reference.expiries()) clock.keeps(until)
  if (mode === 'refund' || mode === 'charge' || decisions.some(({ allowed }) => allowed)) return
  const entries = await open.stored()
  assert.ok(entries.length <= before.length, 'nothing new is stored')
}
