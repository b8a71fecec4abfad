import { createLimiter, type Decision, memoryStore, type Policy, type PolicyDecision } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findAlgorithms } from '../../tooling/packages.ts'

const algorithms = await findAlgorithms()

const quota = fc.integer({ min: 1, max: 6 })
const length = fc.constantFrom(1, 7, 100)
// Windows at multiples of their length are no plain options.
const epochWindow = fc
  .record({ limit: quota, window: length })
  .map(({ limit, window }) => fixedWindow({ limit, window: `${window}ms`, align: 'epoch' }))
const policy: fc.Arbitrary<Policy> = fc.oneof(
  epochWindow,
  ...algorithms.map((one) => fc.tuple(quota, length).map(([limit, ms]) => one.policy(one.quota(limit, ms)))),
)
const cost = fc.oneof(
  fc.integer({ min: 0, max: 7 }),
  fc.record({ '1st': fc.nat(7), '2nd': fc.nat(7) }, { requiredKeys: [] }),
)
const step = fc.record({
  verb: fc.constantFrom('consume', 'consume', 'consume', 'peek', 'refund', 'reset'),
  key: fc.constantFrom('ann', 'bob'),
  cost,
  // Forward only: a refusal may write when the clock goes back.
  elapsed: fc.oneof(fc.constant(0), fc.nat(120)),
})
const steps = fc.array(step, { maxLength: 40, size: 'max' })
const policies = fc.record({ '1st': policy, '2nd': policy, '3rd': policy })

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function setUp(policies: Readonly<Record<string, Policy>>) {
  const time = { now: 0 }
  const store = memoryStore({ clock: () => time.now })
  const limiter = createLimiter({ name: 'test', policies, store })
  return { time, limiter, stored: () => JSON.stringify([...store.entries()]) }
}

it('answers synchronously what it answers asynchronously', async () => {
  await fc.assert(
    fc.asyncProperty(policies, steps, async (policies, steps) => {
      const [first, second] = [setUp(policies), setUp(policies)]
      for (const { verb, key, cost, elapsed } of steps) {
        first.time.now += elapsed
        second.time.now += elapsed
        if (verb === 'reset') {
          first.limiter.resetSync(key)
          await second.limiter.reset(key)
        } else {
          const answer = first.limiter[`${verb}Sync`](key, { cost })
          expect(await second.limiter[verb](key, { cost })).toEqual(answer)
        }
        expect(second.stored()).toBe(first.stored())
      }
    }),
  )
})

it('peeks at what consume would say, and writes nothing', () => {
  const foretold = ({ allowed, limit, retryAfterMs, delayMs }: PolicyDecision) => ({
    allowed,
    limit,
    retryAfterMs,
    delayMs,
  })
  const told = (decision: Decision) => ({
    ...foretold(decision),
    policy: decision.policy,
    policies: Object.entries(decision.policies).map(([name, one]) => [name, foretold(one)]),
  })
  fc.assert(
    fc.property(policies, steps, (policies, steps) => {
      const { time, limiter, stored } = setUp(policies)
      for (const { key, cost, elapsed } of steps) {
        time.now += elapsed
        const before = stored()
        const peeked = limiter.peekSync(key, { cost })
        expect(stored()).toBe(before)
        expect(told(limiter.consumeSync(key, { cost }))).toEqual(told(peeked))
      }
    }),
  )
})

it('charges all of several policies, or none', () => {
  fc.assert(
    fc.property(policies, steps, (policies, steps) => {
      const { time, limiter, stored } = setUp(policies)
      for (const { key, cost, elapsed } of steps) {
        time.now += elapsed
        const before = { stored: stored(), decision: limiter.peekSync(key, { cost: 0 }) }
        const decision = limiter.consumeSync(key, { cost })
        const each = Object.entries(decision.policies)
        expect(decision.allowed).toBe(each.every(([, { allowed }]) => allowed))
        if (!decision.allowed) expect(stored()).toBe(before.stored)
        for (const [name, { remaining }] of each) {
          const weight = typeof cost === 'number' ? cost : (cost[name as '1st'] ?? 1)
          const charged = decision.allowed ? weight : 0
          expect(remaining).toBe((before.decision.policies[name]?.remaining ?? 0) - charged)
        }
      }
    }),
  )
})

it('says of each policy what it charged, and what is used beside what remains', () => {
  fc.assert(
    fc.property(policies, steps, (policies, steps) => {
      const { time, limiter } = setUp(policies)
      for (const { verb, key, cost, elapsed } of steps) {
        time.now += elapsed
        if (verb === 'reset') continue
        const decision = limiter[`${verb}Sync`](key, { cost })
        expect(decision.at).toBe(time.now)
        const bound = decision.policies[decision.policy] as PolicyDecision
        expect([decision.used, decision.cost]).toEqual([bound.used, bound.cost])
        for (const [name, own] of Object.entries(decision.policies)) {
          const weight = typeof cost === 'number' ? cost : (cost[name as '1st'] ?? 1)
          expect(own.cost).toBe(verb === 'consume' && decision.allowed ? weight : 0)
          expect(own.used + own.remaining).toBe(own.limit)
        }
      }
    }),
  )
})

it('answers by a limiter of with as one that was made with its policies', () => {
  fc.assert(
    fc.property(policy, fc.array(fc.tuple(quota, step)), (first, steps) => {
      const one = setUp({ only: first })
      const time = { now: 0 }
      const store = memoryStore({ clock: () => time.now })
      for (const [limit, { key, cost, elapsed }] of steps) {
        const next = withLimit(first, limit)
        one.time.now = time.now += elapsed
        const weight = typeof cost === 'number' ? cost : 1
        const made = createLimiter({ name: 'test', policies: { only: next }, store })
        const tier = one.limiter.with({ policies: { only: next } })
        expect(tier.consumeSync(key, { cost: weight })).toEqual(made.consumeSync(key, { cost: weight }))
      }
    }),
  )
})

/** A policy of the same algorithm and another limit. */
function withLimit({ algorithm }: Policy, limit: number): Policy {
  const same = algorithms.find(({ name }) => name === algorithm)
  if (same === undefined) throw new Error(`Expected an algorithm of the house, got ${algorithm}`)
  return same.policy(same.quota(limit, 7))
}

it('decides many at once as it would one after the other', async () => {
  const requests = (steps: readonly Step[]) => steps.map(({ key, cost }) => ({ key, cost }))
  await fc.assert(
    fc.asyncProperty(policies, steps, steps, async (policies, earlier, steps) => {
      const [together, alone] = [setUp(policies), setUp(policies)]
      for (const { limiter } of [together, alone]) await limiter.consumeMany(requests(earlier))
      together.time.now = alone.time.now = 50
      const decisions = requests(steps).map(({ key, cost }) => alone.limiter.consumeSync(key, { cost }))
      expect(await together.limiter.consumeMany(requests(steps))).toEqual(decisions)
      expect(together.stored()).toBe(alone.stored())
    }),
  )
})
