import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter, memoryStore, type Policy } from '@sluice/core'
import fc from 'fast-check'
import { costOf, forwardMove, type Move, type Weight, weight } from './history.ts'
import { assertWithin, type Effort, type Flow, type Play, play } from './playing.ts'
import type { Pair } from './subject.ts'

/** Charges something, of which a part is taken back later; or takes back one of the charges before. */
type Event =
  | {
      readonly what: 'charge'
      readonly weight: Weight
      readonly part: number
      readonly move: Move
      readonly tier: 0 | 1
    }
  | { readonly what: 'refund'; readonly of: number; readonly move: Move; readonly tier: 0 | 1 }

const one: Weight = { of: 'units', units: 1 }
const some: fc.Arbitrary<Weight> = fc.oneof(
  { weight: 1, arbitrary: weight.filter(({ of }) => of !== 'most') },
  { weight: 3, arbitrary: fc.constantFrom(0.2, 0.4, 0.6, 1).map((share): Weight => ({ of: 'share', share })) },
)
// Mostly so far that something comes back, and not all.
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 1, arbitrary: forwardMove },
  { weight: 1, arbitrary: fc.constant<Move>({ to: 'stay' }) },
  { weight: 2, arbitrary: fc.constantFrom(0.1, 0.3, 0.5, 0.9).map((share): Move => ({ to: 'on', share })) },
)
const tier = fc.constantFrom<0 | 1>(0, 0, 0, 0, 0, 0, 0, 1)
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ what: fc.constant('charge' as const), weight: some, part: fc.constantFrom(0, 0.5, 1, 1), move, tier }),
  fc.record({ what: fc.constant('refund' as const), of: fc.nat(4), move, tier }),
)
const events = fc.array(event, { minLength: 4, maxLength: 12, size: 'max' })

/** A charge on the store and in memory, and how much of it a refund asks back. */
interface Charge {
  readonly decisions: readonly Decision[]
  readonly asked: number
}

/** The limiter of one tier, over the store and, with the same clock, in memory: what is taken back is the same. */
type Tier = readonly [own: Limiter, twin: Limiter]

/**
 * Law 7, with `of`: whatever was charged between, however late and often, and under other options, nothing is admitted sooner than if
 * the decisions that were taken back had cost so much less. A key that is charged so much less all along says when.
 */
export async function checkNeverSooner({ subject, harness }: Pair, effort: Effort): Promise<void> {
  const given = subject.options.chain((options) => fc.tuple(fc.constant(options), subject.changed(options)))
  const property = fc.asyncProperty(
    given,
    events,
    fc.array(forwardMove, { minLength: 2, maxLength: 4 }),
    async ([options, changed], history, later) => {
      await play(harness, async (play) => {
        const policy = subject.policy(options)
        const twin = createLimiter({ name: 'law', policy, store: memoryStore({ clock: play.clock.read }) })
        const first: Tier = [play.limiter('law', policy), twin]
        const other = subject.policy(changed)
        const tiers = [first, first.map((limiter) => limiter.with({ policy: other })) as unknown as Tier] as const
        const charges: Charge[] = []
        const isMixed = history.some((event) => event.tier === 1)
        // What is charged is written as it has drained for its writer: readers at another rate would see which key was.
        const readers = isMixed ? tiers : [first]
        for (const event of history) {
          play.move(event.move, subject.span(options))
          const tier = tiers[event.tier]
          if (event.what === 'charge') {
            charges.push(await chargeBoth(play, tier, event.weight, isMixed ? event.part / 2 : event.part))
          } else {
            await takeBack(tier, charges[event.of])
            // What is written has drained at the rate of who writes it: then both must be written.
            if (isMixed) charges.push(await chargeBoth(play, tier, one, 0))
          }
          await assertNoSooner(play, readers)
        }
        for (const move of later) {
          play.move(move, subject.span(options))
          await assertNoSooner(play, readers)
        }
      })
    },
  )
  await fc.assert(property, effort)
}

/** What a window was begun by stays in it, so that the two keys have the same windows. */
async function chargeBoth({ note }: Play, tier: Tier, weight: Weight, part: number): Promise<Charge> {
  const [own] = tier
  const { limit, used } = await own.peek('real')
  const { mostUsed = Number.MAX_SAFE_INTEGER, unit } = own.policies.default as Policy
  // Nothing is charged that a state cannot hold: of later charges it would hold less.
  const cost = Math.min(costOf(weight, limit), Math.max(0, Math.floor(mostUsed / unit) - 1 - used))
  const asked = Math.max(0, Math.min(Math.floor(cost * part), used === 0 ? cost - 1 : cost))
  const decisions = await Promise.all(tier.map((limiter) => limiter.charge('real', { cost })))
  note(decisions[0] as Decision)
  if (cost > asked) await Promise.all(tier.map((limiter) => limiter.charge('plain', { cost: cost - asked })))
  return { decisions, asked }
}

async function takeBack(tier: Tier, charge: Charge | undefined): Promise<void> {
  if (charge === undefined) return
  const { decisions, asked } = charge
  const take = (key: string) => tier.map((limiter, i) => limiter.refund(key, { of: decisions[i], cost: asked }))
  // Of another key nothing is given.
  await Promise.all(take('plain'))
  const [own, twin] = await Promise.all(take('real'))
  assert.deepEqual(own, twin, 'what is taken back of the store, and in memory')
}

async function assertNoSooner({ note }: Play, tiers: readonly Tier[]): Promise<void> {
  for (const [limiter] of tiers) {
    const [real, plain] = await Promise.all(['real', 'plain'].map((key) => limiter.peek(key)))
    const [own, other] = [note(real as Decision), plain as Decision]
    // What passes 2^53 in the credits of a tier is told as less.
    const { unit } = limiter.policies.default as Policy
    if (other.used * unit > 2 ** 52) continue
    assert.ok(own.used >= other.used, `used is ${own.used}, not less than ${other.used}`)
    const [wait, least] = [own.retryAfterMs, other.retryAfterMs]
    assert.ok(wait >= least, `told to wait ${wait} ms, not less than ${least}`)
  }
}

/** Law 7: dated at the consume, what was admitted and not taken back stays within law 1, whatever else is taken back. */
export async function checkTakenBackWithin({ subject, harness }: Pair, effort: Effort): Promise<void> {
  const property = fc.asyncProperty(subject.options, events, async (options, history) => {
    const flows: Flow[] = []
    await play(harness, async ({ limiter, move, note, clock }) => {
      const policy = subject.policy(options)
      const one = limiter('law', policy)
      const admitted: { readonly decision: Decision; readonly flow: number; readonly asked: number }[] = []
      for (const event of history) {
        move(event.move, subject.span(options))
        if (event.what === 'charge') {
          const cost = Math.min(costOf(event.weight, policy.limit), policy.limit)
          const decision = note(await one.consume('a', { cost }))
          if (!decision.allowed) continue
          admitted.push({ decision, flow: flows.length, asked: Math.floor(cost * event.part) })
          flows.push({ at: clock.forward, cost })
          continue
        }
        const charge = admitted[event.of]
        if (charge === undefined) continue
        const { used } = await one.peek('a')
        const after = await one.refund('a', { of: charge.decision, cost: charge.asked })
        const flow = flows[charge.flow] as Flow
        flows[charge.flow] = { ...flow, cost: flow.cost - (used - after.used) }
      }
    })
    assertWithin(flows, (elapsed) => subject.envelope(options, elapsed))
  })
  await fc.assert(property, effort)
}
