import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter } from '@sluice/core'
import fc from 'fast-check'
import type { Law } from './law.ts'
import { type Play, play } from './playing.ts'
import { type ReferenceLimiter, referenceLimiter } from './reference-limiter.ts'
import { inClockRange } from './twins.ts'
import { costsByName, costsOf, keyOf, onOneKey, type Part, partOf, slots, type Visit, visits } from './visits.ts'

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

async function pay(
  { mode, requests }: Visit,
  all: readonly Part[],
  limiter: Limiter,
  reference: ReferenceLimiter,
  { open, clock, note }: Play,
): Promise<void> {
  const sent = requests.map((request) => ({ key: request.key, costs: costsOf(request, all, mode) }))
  const before = await open.stored()
  const decisions: Decision[] = []
  const asked = mode === 'batch' ? sent : sent.slice(0, 1)
  const spelled = asked.map(({ key, costs }) => ({ key: keyOf(key, all.length), cost: costsByName(costs) }))
  if (mode === 'batch') decisions.push(...(await limiter.consumeMany(spelled)))
  else for (const { key, cost } of spelled) decisions.push(await limiter[mode](key, { cost }))
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
