import assert from 'node:assert/strict'
import { createLimiter, type Decision } from '@sluice/core'
import fc from 'fast-check'
import { allOrNothing } from './all-or-nothing.ts'
import { changedPolicy } from './changed-policy.ts'
import { charges } from './charges.ts'
import { anyMove, costOf, forwardMove, longHistory, type Move, type Step, steps, weight } from './history.ts'
import { consumes, type Law, scaled } from './law.ts'
import { lastDate } from './model.ts'
import { assertWithin, type Effort, type Flow, play, send } from './playing.ts'
import { readableState } from './readable-state.ts'
import { checkRemembered } from './remembered.ts'
import { shadow } from './shadow.ts'
import type { Pair } from './subject.ts'
import { checkNeverSooner, checkTakenBackWithin } from './taken-back.ts'
import { twins } from './twins.ts'

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
          // What comes back after the last date of all is never seen.
          if (!clock.advance(retryAfterMs - 1)) return
          assert.equal((await one.consume(step.key, { cost })).allowed, false, 'still refused a ms before')
          if (!clock.advance(1)) return
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

/** With nothing between, consume and then refund, any time later, is as if neither had happened. */
async function checkUndone({ subject, harness }: Pair, effort: Effort): Promise<void> {
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
        let counted = 0
        for (const step of history) {
          move(step.move, span)
          await send(undoing, step, policy.limit)
          counted += note((await send(plain, step, policy.limit)) as Decision).cost
        }
        const cost = costOf(extra, policy.limit)
        // A count ends at 2^53 - 1: of what comes after, nothing is given back.
        fc.pre(counted + cost <= Number.MAX_SAFE_INTEGER)
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
}

/** What is admitted less what is given back stays within the bounds. */
async function checkGivenBackWithin({ subject, harness }: Pair, effort: Effort): Promise<void> {
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
        const { used } = await one.peek('a')
        assert.equal(used, 0, 'once all is given back, nothing counts')
        if (!policy.counts) assert.deepEqual(await open.stored(), [], 'and nothing is stored')
      })
      assertWithin(flows, (elapsed) => subject.envelope(options, elapsed))
    },
  )
  await fc.assert(between, effort)
}

const refunds: Law = {
  number: 7,
  title:
    'consume and then refund is as if neither had happened; what is admitted less what is refunded stays within bounds',
  async check(pair, effort) {
    for (const check of [checkUndone, checkGivenBackWithin, checkNeverSooner, checkTakenBackWithin]) {
      await check(pair, effort)
    }
  },
}

const expiry: Law = {
  number: 8,
  title: 'every stored key expires, and losing it then is the same as keeping it',
  async check({ subject, harness }, effort) {
    // Long and quick enough for a state that lives on past its first expiry.
    const all = fc.oneof(
      { weight: 9, arbitrary: steps(['consume', 'consume', 'charge', 'refund'], anyMove) },
      { weight: 1, arbitrary: longHistory },
    )
    const dated = fc.asyncProperty(subject.options, all, async (options, history) => {
      await play(harness, async ({ limiter, move, note, open, clock }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy)
        // How far the clock of the expiries has been ahead of the history's; and what the longest wait for the full quota was.
        let least = Number.POSITIVE_INFINITY
        let longest = 0
        // An expiry that was set before the clock went back stays where it is.
        let latestNow = 0
        for (const step of history) {
          move(step.move, subject.span(options))
          const from = await open.expiryNow()
          least = Math.min(least, from - clock.now)
          const sent = { ...step, key: 'a' }
          const { resetAfterMs } = note((await send(one, sent, policy.limit)) as Decision)
          longest = Math.max(longest, resetAfterMs)
          for (const { key, expiresAt } of await open.stored()) {
            assert.ok(expiresAt !== undefined, `${key} expires`)
            if (resetAfterMs === 0) continue
            const needed = Math.min(clock.now + resetAfterMs, Number(lastDate))
            assert.ok(least + needed <= expiresAt, `${key} lives until the full quota is back`)
            if (costOf(step.weight, policy.limit) === 0) continue
            const now = await open.expiryNow()
            // But of a state so far ahead that it was re-dated.
            latestNow = now + 2 * subject.span(options) < latestNow ? now : Math.max(latestNow, now)
            const latest = latestNow + 2 * longest
            assert.ok(expiresAt <= latest, `${key} lives at most twice as long`)
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
        if (!clock.advance(refused.retryAfterMs)) return
        assert.equal((await one.consume('a', { cost: policy.limit })).allowed, true, 'allowed when it was told')
        for (const { expiresAt } of await open.stored()) assert.ok(expiresAt !== undefined)
      })
    })
    await fc.assert(fed, effort)
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
  '%:law',
  '%#',
  ':',
  'a:default',
  'a:default:tb1',
  'refunds',
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
          .array(fc.constantFrom('{', '}', '%', ':', '#', '\ud800', '\udc00', 'a', 'p', 'q'))
          .map((parts) => parts.join('')),
      },
    )
    const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 12 })
    const slot = fc.constantFrom('key', 'limiter')
    const property = fc.asyncProperty(subject.options, slot, keys, async (options, slot, all) => {
      await play(harness, async ({ limiter, open }) => {
        const policy = subject.policy(options)
        const one = limiter('law', policy, slot)
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
    await fc.assert(property, scaled(effort, 0.5))
    await fc.assert(keysByPolicy({ subject, harness }, keys), scaled(effort, 0.5))
  },
}

/** A key of one policy is another than the same string of another policy. */
function keysByPolicy({ subject, harness }: Pair, keys: fc.Arbitrary<string[]>) {
  return fc.asyncProperty(subject.options, keys, async (options, all) => {
    await play(harness, async ({ open }) => {
      const policy = subject.policy(options)
      const policies = { p: policy, q: policy }
      const one = createLimiter({ name: 'law', policies, slot: 'limiter', store: open.store, failure: 'throw' })
      const left = async (p: string, q: string): Promise<readonly (number | undefined)[]> => {
        const decision = await one.peek({ p, q }, { cost: 0 })
        return [decision.policies.p?.remaining, decision.policies.q?.remaining]
      }
      for (const p of all) {
        const cost = { p: policy.limit, q: 0 }
        assert.equal((await one.consume({ p, q: all[0] as string }, { cost })).allowed, true, JSON.stringify(p))
      }
      assert.equal((await open.stored()).length, all.length, 'each has its own entry')
      const [first, ...rest] = all as [string, ...string[]]
      await one.reset({ p: first, q: rest[0] as string })
      assert.deepEqual(await left(first, first), [policy.limit, policy.limit], 'forgotten')
      for (const each of rest) assert.deepEqual(await left(each, each), [0, policy.limit], JSON.stringify(each))
    })
  })
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
          // Turns that no clock comes to may be rounded.
          if (allowed && clock.now + delayMs <= Number(lastDate)) departures.push({ at: clock.now + delayMs, cost })
          if (!allowed) assert.equal(delayMs, 0, 'who is refused has no turn')
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
      const ms = BigInt(to.at) - BigInt(from.at) + 1n
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
  charges,
  remembered,
  readableState,
  shadow,
]
