import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, forwardMove, longHistory, type Move, type Step, steps, weight } from './history.ts'
import { assertWithin, type Effort, type Flow, play, send } from './playing.ts'
import { referenceLimiter } from './reference-limiter.ts'
import { checkRemembered } from './remembered.ts'
import type { Pair, Subject } from './subject.ts'

/** One of the laws that every algorithm owes on every store. */
export interface Law {
  readonly number: number
  readonly title: string
  /** Throws with a counterexample when the law does not hold. */
  check(pair: Pair, effort: Effort): Promise<void>
}

/** Two sets of options, the second what the first may be changed to. */
function optionsAndChange(subject: Subject): fc.Arbitrary<[unknown, unknown]> {
  return subject.options.chain((options) => fc.tuple(fc.constant(options), subject.changed(options)))
}

const consumes = (move: fc.Arbitrary<Move>): fc.Arbitrary<Step[]> => steps(['consume'], move)

/** Consumes along a history on one key, and returns what was admitted, dated by the clock's forward steps. */
async function admitted(pair: Pair, options: unknown, history: readonly Step[]): Promise<Flow[]> {
  const { subject, harness } = pair
  const flows: Flow[] = []
  await play(harness, async ({ limiter, move, note, clock }) => {
    const policy = subject.policy(options)
    const one = limiter('law', policy)
    for (const step of history) {
      move(step.move, subject.span(options))
      const cost = costOf(step.weight, policy.limit)
      // At once, alone and in batches: what they are admitted must not depend on how they travel.
      const alone = [1, 2].map(() => one.consume('a', { cost }))
      const decisions = [
        ...(await Promise.all(alone)),
        ...(await one.consumeMany([1, 2].map(() => ({ key: 'a', cost })))),
      ]
      for (const decision of decisions) if (note(decision).allowed) flows.push({ at: clock.forward, cost })
    }
  })
  return flows
}

const envelope: Law = {
  number: 1,
  title: 'in any interval the admitted cost is at most what the algorithm promises',
  async check(pair, effort) {
    const { subject } = pair
    const property = fc.asyncProperty(subject.options, consumes(forwardMove), async (options, history) => {
      const flows = await admitted(pair, options, history)
      assertWithin(flows, (elapsed) => subject.envelope(options, elapsed))
    })
    await fc.assert(property, effort)
  },
}

const tightRetry: Law = {
  number: 2,
  title: 'a refusal says to the ms when the same cost will be allowed',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(subject.options, consumes(anyMove), async (options, history) => {
      await play(harness, async ({ limiter, move, note, clock }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const step of history) {
          move(step.move, subject.span(options))
          const cost = costOf(step.weight, policy.limit)
          const { allowed, retryAfterMs } = note(await one.consume(step.key, { cost }))
          if (allowed || retryAfterMs === Number.POSITIVE_INFINITY) continue
          assert.ok(retryAfterMs > 0, 'a refusal asks for a wait')
          clock.advance(retryAfterMs - 1)
          assert.equal((await one.consume(step.key, { cost })).allowed, false, 'still refused a ms before')
          clock.advance(1)
          assert.equal(note(await one.consume(step.key, { cost })).allowed, true, 'allowed when it was told')
        }
      })
    })
    await fc.assert(property, effort)
  },
}

const freeRefusal: Law = {
  number: 3,
  title: 'a refusal changes nothing and writes nothing',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(
      subject.options,
      consumes(forwardMove),
      weight,
      async (options, history, last) => {
        await play(harness, async ({ limiter, move, note, open }) => {
          const policy = subject.policy(options)
          const one = limiter('law', policy)
          for (const step of history) {
            move(step.move, subject.span(options))
            note((await send(one, step, policy.limit)) as Decision)
          }
          for (const cost of [costOf(last, policy.limit), costOf({ of: 'limit', offset: 1 }, policy.limit)]) {
            const before = await open.stored()
            const shown = await one.peek('a')
            const { allowed } = await one.consume('a', { cost })
            if (allowed) continue
            assert.deepEqual(await open.stored(), before, 'what is stored')
            assert.deepEqual(await one.peek('a'), shown, 'what is seen')
          }
        })
      },
    )
    await fc.assert(property, effort)
  },
}

const never: Law = {
  number: 4,
  title: 'a cost above the quota is refused for ever',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(subject.options, consumes(anyMove), async (options, history) => {
      await play(harness, async ({ limiter, move, note }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const step of history) {
          move(step.move, subject.span(options))
          note((await send(one, step, policy.limit)) as Decision)
          for (const cost of [policy.limit + 1, Number.MAX_SAFE_INTEGER]) {
            if (cost <= policy.limit || !Number.isSafeInteger(cost)) continue
            const { allowed, retryAfterMs } = await one.consume(step.key, { cost })
            assert.deepEqual({ allowed, retryAfterMs }, { allowed: false, retryAfterMs: Number.POSITIVE_INFINITY })
          }
        }
      })
    })
    await fc.assert(property, effort)
  },
}

const splitting: Law = {
  number: 5,
  title: 'at one instant, a and then b are allowed exactly when a + b is',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(
      subject.options,
      consumes(forwardMove),
      weight,
      weight,
      async (options, history, first, second) => {
        await play(harness, async ({ limiter, move, note }) => {
          const policy = subject.policy(options)
          const [parts, whole] = [limiter('parts', policy), limiter('whole', policy)]
          for (const step of history) {
            move(step.move, subject.span(options))
            await send(parts, step, policy.limit)
            note((await send(whole, step, policy.limit)) as Decision)
          }
          const [a, b] = [costOf(first, policy.limit), costOf(second, policy.limit)]
          if (!Number.isSafeInteger(a + b)) return
          const both =
            (await parts.consume('a', { cost: a })).allowed && (await parts.consume('a', { cost: b })).allowed
          assert.equal(both, (await whole.consume('a', { cost: a + b })).allowed, `${a} and ${b}`)
        })
      },
    )
    await fc.assert(property, effort)
  },
}

const truePeek: Law = {
  number: 6,
  title: 'peek tells what consume would, and writes nothing',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(subject.options, consumes(anyMove), async (options, history) => {
      await play(harness, async ({ limiter, move, note, open }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const step of history) {
          move(step.move, subject.span(options))
          const cost = costOf(step.weight, policy.limit)
          const before = await open.stored()
          const idle = await one.peek(step.key, { cost: 0 })
          const foretold = await one.peek(step.key, { cost })
          assert.deepEqual(await open.stored(), before, 'what is stored')
          assert.equal(foretold.remaining, idle.remaining, 'remaining is of the present')
          assert.equal(foretold.resetAfterMs, idle.resetAfterMs, 'reset is of the present')
          const made = note(await one.consume(step.key, { cost }))
          for (const field of ['allowed', 'limit', 'retryAfterMs', 'delayMs', 'policy'] as const) {
            assert.equal(foretold[field], made[field], field)
          }
        }
      })
    })
    await fc.assert(property, effort)
  },
}

const refunds: Law = {
  number: 7,
  title:
    'consume and then refund is as if neither had happened; what is admitted less what is refunded stays within bounds',
  async check({ subject, harness }, effort) {
    const undone = fc.asyncProperty(
      subject.options,
      consumes(forwardMove),
      weight,
      fc.array(forwardMove, { minLength: 2, maxLength: 6, size: 'max' }),
      async (options, history, extra, [lead, pause, ...later]) => {
        await play(harness, async ({ limiter, move, note }) => {
          const policy = subject.policy(options)
          const span = subject.span(options)
          const [undoing, plain] = [limiter('undoing', policy), limiter('plain', policy)]
          for (const step of history) {
            move(step.move, span)
            await send(undoing, step, policy.limit)
            note((await send(plain, step, policy.limit)) as Decision)
          }
          const cost = costOf(extra, policy.limit)
          move(lead as Move, span)
          const spent = await undoing.consume('a', { cost })
          move(pause as Move, span)
          await undoing.refund('a', { cost, of: spent })
          for (const next of [{ to: 'stay' } as const, ...later]) {
            move(next, span)
            assert.deepEqual(await undoing.peek('a', { cost: 1 }), note(await plain.peek('a', { cost: 1 })))
          }
        })
      },
    )
    await fc.assert(undone, effort)

    const between = fc.asyncProperty(
      subject.options,
      steps(['consume', 'consume', 'refund'], forwardMove),
      async (options, history) => {
        const flows: Flow[] = []
        await play(harness, async ({ limiter, move, note, clock, open }) => {
          const policy = subject.policy(options)
          const one = limiter('law', policy)
          for (const step of history) {
            move(step.move, subject.span(options))
            const cost = Math.min(costOf(step.weight, policy.limit), policy.limit)
            const sent = { ...step, key: 'a', weight: { of: 'units', units: cost } as const }
            const { allowed } = note((await send(one, sent, policy.limit)) as Decision)
            if (step.mode === 'refund') flows.push({ at: clock.forward, cost: -cost })
            else if (allowed) flows.push({ at: clock.forward, cost })
          }
          await one.consume('a')
          await one.refund('a', { cost: Number.MAX_SAFE_INTEGER })
          assert.deepEqual(await open.stored(), [], 'once all is given back, nothing is stored')
        })
        assertWithin(flows, (elapsed) => subject.envelope(options, elapsed))
      },
    )
    await fc.assert(between, effort)
  },
}

const expiry: Law = {
  number: 8,
  title: 'every stored key expires, and losing it then is the same as keeping it',
  async check({ subject, harness }, effort) {
    // Long and quick enough for a state that lives on past its first expiry.
    const all = fc.oneof(
      { weight: 9, arbitrary: steps(['consume', 'consume', 'refund'], anyMove) },
      { weight: 1, arbitrary: longHistory },
    )
    const dated = fc.asyncProperty(subject.options, all, async (options, history) => {
      await play(harness, async ({ limiter, move, note, open, clock }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        // How far the clock of the expiries has been ahead of the history's; and until when the key may live at most.
        let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
        let latest = 0
        for (const step of history) {
          move(step.move, subject.span(options))
          const from = await open.expiryNow()
          least = Math.min(least, from - clock.now)
          const sent = { ...step, key: 'a' }
          const { resetAfterMs } = note((await send(one, sent, policy.limit)) as Decision)
          const to = await open.expiryNow()
          most = Math.max(most, to - clock.now)
          latest = Math.max(latest, clock.now + 2 * resetAfterMs)
          for (const { key, expiresAt } of await open.stored()) {
            assert.ok(expiresAt !== undefined, `${key} expires`)
            if (resetAfterMs === 0) continue
            assert.ok(least + clock.now + resetAfterMs <= expiresAt, `${key} lives until the full quota is back`)
            assert.ok(expiresAt <= most + latest, `${key} lives at most twice as long`)
          }
        }
      })
    })
    await fc.assert(dated, effort)

    const lost = fc.asyncProperty(subject.options, consumes(forwardMove), async (options, history) => {
      await play(harness, async ({ limiter, move, note, clock }) => {
        const policy = subject.policy(options)
        const [losing, keeping] = [limiter('losing', policy), limiter('keeping', policy)]
        const expiries = new Map<string, number>()
        for (const step of history) {
          move(step.move, subject.span(options))
          if (clock.now >= (expiries.get(step.key) ?? Number.POSITIVE_INFINITY)) await losing.reset(step.key)
          const decision = (await send(losing, step, policy.limit)) as Decision
          assert.deepEqual(decision, note((await send(keeping, step, policy.limit)) as Decision))
          expiries.set(step.key, clock.now + decision.resetAfterMs)
        }
      })
    })
    await fc.assert(lost, effort)
  },
}

const timeReversal: Law = {
  number: 9,
  title: 'a clock that goes back mints nothing and starves nobody',
  async check(pair, effort) {
    const { subject, harness } = pair
    const bounded = fc.asyncProperty(subject.options, consumes(anyMove), async (options, history) => {
      const flows = await admitted(pair, options, history)
      assertWithin(flows, (elapsed) => subject.reversedEnvelope(options, elapsed))
    })
    await fc.assert(bounded, effort)

    const far = fc.record({
      to: fc.constant('back'),
      share: fc.constantFrom(0, 1, 2, 3, 20),
      offset: fc.constantFrom(0, 1),
    })
    const fed = fc.asyncProperty(subject.options, consumes(anyMove), far, async (options, history, back) => {
      await play(harness, async ({ limiter, move, note, clock, open }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const step of history) {
          move(step.move, subject.span(options))
          note((await send(one, step, policy.limit)) as Decision)
        }
        move(back, subject.span(options))
        const refused = await one.consume('a', { cost: policy.limit })
        if (refused.allowed) return
        assert.ok(refused.retryAfterMs <= 2 * subject.span(options), `told to wait ${refused.retryAfterMs} ms`)
        clock.advance(refused.retryAfterMs)
        assert.equal((await one.consume('a', { cost: policy.limit })).allowed, true, 'allowed when it was told')
        for (const { expiresAt } of await open.stored()) assert.ok(expiresAt !== undefined)
      })
    })
    await fc.assert(fed, effort)
  },
}

const twins: Law = {
  number: 10,
  title: 'every store decides as the specification does, field by field',
  async check({ subject, harness }, effort) {
    const short = steps(['consume', 'consume', 'consume', 'consume', 'peek', 'refund', 'reset'], anyMove)
    // Long and quick enough for state that grows to be tidied up.
    const all = fc.oneof({ weight: 19, arbitrary: short }, { weight: 1, arbitrary: longHistory })
    const change = fc.option(fc.nat({ max: 23 }), { freq: 2 })
    const property = fc.asyncProperty(
      optionsAndChange(subject),
      change,
      all,
      async ([first, second], changeAt, history) => {
        await play(harness, async ({ limiter, move, note, clock }) => {
          let options = first
          let one = limiter('law', subject.policy(options))
          const reference = referenceLimiter({ default: subject.model(options) })
          for (const [i, step] of history.entries()) {
            if (i === changeAt) {
              options = second
              one = limiter('law', subject.policy(options))
              reference.reconfigure({ default: subject.model(options) })
            }
            const { limit } = subject.policy(options)
            move(step.move, subject.span(options))
            const decision = await send(one, step, limit)
            const expected = reference.ask(step.mode, step.key, [costOf(step.weight, limit)], clock.now)
            if (decision !== undefined) assert.deepEqual(note(decision), expected, `step ${i}`)
          }
        })
      },
    )
    await fc.assert(property, effort)
  },
}

const allOrNothing: Law = {
  number: 11,
  title: 'with several policies, a refusal by one charges none; a batch decides in order',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(
      subject.options,
      subject.options,
      fc.array(fc.tuple(consumes(anyMove), weight), { minLength: 1, maxLength: 4, size: 'max' }),
      async (a, b, batches) => {
        await play(harness, async ({ move, note, clock, open }) => {
          const policies = { a: subject.policy(a), b: subject.policy(b) }
          const limiter = createLimiter({ name: 'law', policies, store: open.store, failure: 'throw' })
          const reference = referenceLimiter({ a: subject.model(a), b: subject.model(b) })
          for (const [batch, other] of batches) {
            move((batch[0] as Step).move, subject.span(a))
            const requests = batch.map(({ key, weight: each }) => ({
              key,
              cost: { a: costOf(each, policies.a.limit), b: costOf(other, policies.b.limit) },
            }))
            const before = await open.stored()
            const decisions = await limiter.consumeMany(requests)
            const expected = requests.map(({ key, cost }) => reference.ask('consume', key, [cost.a, cost.b], clock.now))
            assert.deepEqual(decisions, expected)
            for (const decision of decisions) note(decision)
            if (!decisions.some(({ allowed }) => allowed) && batch.every((step) => step.move.to !== 'back')) {
              const entries = await open.stored()
              assert.equal(entries.length, before.length, 'nothing new is stored')
            }
          }
        })
      },
    )
    await fc.assert(property, effort)
  },
}

const changedPolicy: Law = {
  number: 12,
  title: 'changing a policy grants nothing',
  async check({ subject, harness }, effort) {
    const atOnce = fc.asyncProperty(
      subject.options,
      consumes(forwardMove),
      fc.integer({ min: 1, max: 40 }),
      async (options, history, limit) => {
        await play(harness, async ({ limiter, move, note }) => {
          const old = subject.policy(options)
          const before = limiter('law', old)
          for (const step of history) {
            move(step.move, subject.span(options))
            note((await send(before, step, old.limit)) as Decision)
          }
          const taken = old.limit - (await before.peek('a', { cost: 0 })).remaining
          const resized = subject.policy(subject.resized(options, limit))
          const { remaining } = await limiter('law', resized).peek('a', { cost: 0 })
          assert.equal(remaining, Math.max(0, resized.limit - taken))
        })
      },
    )
    await fc.assert(atOnce, effort)

    const told = fc.asyncProperty(
      optionsAndChange(subject),
      consumes(forwardMove),
      weight,
      async ([a, b], history, last) => {
        await play(harness, async ({ limiter, move, note, clock }) => {
          const [old, young] = [subject.policy(a), subject.policy(b)]
          const [before, after] = [limiter('law', old), limiter('law', young)]
          for (const step of history) {
            move(step.move, subject.span(a))
            note((await send(before, step, old.limit)) as Decision)
          }
          const cost = costOf(last, young.limit)
          const { allowed, retryAfterMs } = await after.consume('a', { cost })
          if (allowed || retryAfterMs === Number.POSITIVE_INFINITY) return
          clock.advance(retryAfterMs - 1)
          assert.equal((await after.consume('a', { cost })).allowed, false, 'still refused a ms before')
          clock.advance(1)
          assert.equal((await after.consume('a', { cost })).allowed, true, 'allowed when it was told')
        })
      },
    )
    await fc.assert(told, effort)

    const both = fc.array(fc.boolean(), { minLength: 24, maxLength: 24 })
    const together = fc.asyncProperty(
      optionsAndChange(subject),
      consumes(forwardMove),
      both,
      async ([a, b], history, turns) => {
        const flows: Flow[] = []
        await play(harness, async ({ limiter, move, note, clock }) => {
          const [old, young] = [subject.policy(a), subject.policy(b)]
          const limiters: readonly [Limiter, Limiter] = [limiter('law', old), limiter('law', young)]
          for (const [i, step] of history.entries()) {
            move(step.move, subject.span(a))
            const cost = costOf(step.weight, old.limit)
            const { allowed } = note(await limiters[turns[i] ? 0 : 1].consume('a', { cost }))
            if (allowed) flows.push({ at: clock.forward, cost })
          }
        })
        const larger = subject.larger(a, b)
        assertWithin(flows, (elapsed) => subject.envelope(larger, elapsed))
      },
    )
    await fc.assert(together, effort)
  },
}

const nasty = [
  '',
  '%',
  '%25',
  '{',
  '}',
  '{}',
  '}x',
  '{a}',
  'a}:law:default:tb1',
  '%7D',
  '\0',
  'a\0',
  'a',
  '\ud800',
  '\ud801',
  'a\udc00b',
  '%uD800',
  '\ufffd',
  '__proto__',
  'constructor',
  'toString',
  '*',
  'a b\r\n',
]

const keysAreData: Law = {
  number: 13,
  title: 'any string is a key of its own',
  async check({ subject, harness }, effort) {
    const key = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...nasty) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
      {
        weight: 1,
        arbitrary: fc
          .array(fc.constantFrom('{', '}', '%', ':', '\ud800', '\udc00', 'a'))
          .map((parts) => parts.join('')),
      },
    )
    const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 12 })
    const property = fc.asyncProperty(subject.options, keys, async (options, all) => {
      await play(harness, async ({ limiter, open }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const each of all) {
          assert.equal((await one.consume(each, { cost: policy.limit })).remaining, 0, JSON.stringify(each))
        }
        assert.equal((await open.stored()).length, all.length, 'each has its own entry')
        const [first, ...rest] = all as [string, ...string[]]
        await one.reset(first)
        assert.equal((await one.peek(first)).remaining, policy.limit, 'forgotten')
        for (const each of rest) assert.equal((await one.peek(each)).remaining, 0, 'untouched')
      })
    })
    await fc.assert(property, effort)
  },
}

const shape: Law = {
  number: 14,
  title: 'departures are spaced as the rate says; what shapes nothing delays nobody',
  async check({ subject, harness }, effort) {
    const property = fc.asyncProperty(subject.options, consumes(forwardMove), async (options, history) => {
      const departures: Flow[] = []
      await play(harness, async ({ limiter, move, note, clock }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        for (const step of history) {
          move(step.move, subject.span(options))
          const cost = costOf(step.weight, policy.limit)
          const { allowed, delayMs } = note(await one.consume('a', { cost }))
          if (allowed) departures.push({ at: clock.now + delayMs, cost })
          else assert.equal(delayMs, 0, 'who is refused has no turn')
          if (subject.outflow === undefined) assert.equal(delayMs, 0, 'nobody waits')
        }
      })
      if (subject.outflow !== undefined) assertSpaced(departures, subject.outflow(options))
    })
    await fc.assert(property, effort)
  },
}

function assertSpaced(departures: readonly Flow[], outflow: { readonly units: bigint; readonly ms: bigint }): void {
  for (const [i, from] of departures.entries()) {
    let before = 0n
    let previous = from
    for (const to of departures.slice(i + 1)) {
      assert.ok(previous.at <= to.at, 'who comes first leaves first')
      before += BigInt(previous.cost)
      previous = to
      const ms = BigInt(to.at - from.at + 1)
      assert.ok(before * outflow.ms < outflow.units * ms, `${before} left before ${to.at}, within ${ms} ms`)
    }
  }
}

const remembered: Law = {
  number: 16,
  title: 'a full store never forgets the latest half of what was consumed from',
  check: checkRemembered,
}

/** The laws, in order. */
export const laws: readonly Law[] = [
  envelope,
  tightRetry,
  freeRefusal,
  never,
  splitting,
  truePeek,
  refunds,
  expiry,
  timeReversal,
  twins,
  allOrNothing,
  changedPolicy,
  keysAreData,
  shape,
  remembered,
]
