import assert from 'node:assert/strict'
import type { Decision, Limiter } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, crowded, type Step, steps } from './history.ts'
import type { Law } from './law.ts'
import { type Play, play } from './playing.ts'

/**
 * Never drawn: several policies (law 11 has them), and options that change (laws 10 and 17 have them), which alone bring a state
 * above the most that a charge may bring it to.
 */
export const charges: Law = {
  number: 15,
  title: 'a charge is the consume that would be allowed; otherwise it counts all the same, and who comes later waits',
  async check({ subject, harness }, effort) {
    const history = fc.oneof(
      { weight: 3, arbitrary: steps(['charge'], anyMove) },
      { weight: 1, arbitrary: crowded(['charge']) },
    )
    const property = fc.asyncProperty(subject.options, history, async (options, history) => {
      await play(harness, async (playing) => {
        const policy = subject.policy(options)
        const [one, other] = [playing.limiter('one', policy), playing.limiter('other', policy)]
        for (const step of history) {
          playing.move(step.move, subject.span(options))
          await chargeBoth(step, policy.limit, one, other, playing)
        }
      })
    })
    await fc.assert(property, effort)
  },
}

/** Both limiters come from the same history, and go on with the same state. */
async function chargeBoth(
  { key, weight }: Step,
  limit: number,
  one: Limiter,
  other: Limiter,
  { note, clock }: Play,
): Promise<void> {
  const cost = costOf(weight, limit)
  const before = await one.peek(key, { cost })
  const charged = note(await one.charge(key, { cost }))
  assert.equal(charged.allowed, before.allowed, 'allowed where a consume would be')
  const same = before.allowed ? await other.consume(key, { cost }) : await other.charge(key, { cost })
  assert.deepEqual(charged, same)
  if (charged.allowed) return

  const { delayMs, remaining, retryAfterMs } = charged
  assert.deepEqual({ cost: charged.cost, delayMs, remaining }, { cost, delayMs: 0, remaining: 0 })
  if (charged.used !== before.used + cost) await assertIsMost(key, charged, one, other)
  const after = await one.peek(key, { cost: 1 })
  for (const field of ['used', 'remaining', 'retryAfterMs', 'resetAfterMs'] as const) {
    assert.equal(charged[field], after[field], field)
  }
  assert.ok(retryAfterMs > 0, 'who comes later waits')
  if (!clock.advance(retryAfterMs - 1)) return
  assert.equal((await one.peek(key)).allowed, false, 'still refused a ms before')
  if (!clock.advance(1)) return
  assert.equal((await one.peek(key)).allowed, true, 'allowed when it was told')
}

/** What was counted only in part is at the most that numbers below 2^53 carry: no more can be counted. */
async function assertIsMost(key: string, charged: Decision, one: Limiter, other: Limiter): Promise<void> {
  for (const limiter of [one, other]) {
    const again = await limiter.charge(key, { cost: Number.MAX_SAFE_INTEGER })
    assert.deepEqual({ ...again, cost: 0 }, { ...charged, cost: 0, policies: again.policies }, 'no more can be counted')
  }
}
