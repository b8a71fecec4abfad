import assert from 'node:assert/strict'
import { BatchError, type Decision, type Limiter, StoredStateError } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, forwardMove, type Move, type Step, steps } from './history.ts'
import { changingOptions, type Law, scaled } from './law.ts'
import { play, send } from './playing.ts'
import type { ForeignWriter, Pair } from './subject.ts'

/**
 * Never drawn: what is like a state in all its numbers, because nobody can tell it from one; and junk among the runs of a log that no
 * decision needs.
 */
export const readableState: Law = {
  number: 17,
  title: 'what was saved is read, whatever the clock and the options; what is foreign is no state, and fails alone',
  async check(pair, effort) {
    await fc.assert(roundTrip(pair), scaled(effort, 2))
    await fc.assert(foreign(pair), scaled(effort, 0.5))
  },
}

/** To the first dates of all, and the last. */
const atTheEnds: fc.Arbitrary<Move> = fc.record({
  to: fc.constant('date'),
  date: fc.oneof(fc.constantFrom(0, 0, 1, 2 ** 52), fc.nat({ max: 3000 })),
})

function roundTrip({ subject, harness }: Pair): fc.IAsyncPropertyWithHooks<[readonly unknown[], Step[], number[]]> {
  const turns = fc.array(fc.nat({ max: 3 }), { minLength: 24, maxLength: 24 })
  const history = steps(
    ['consume', 'consume', 'charge', 'refund'],
    fc.oneof({ weight: 4, arbitrary: anyMove }, { weight: 1, arbitrary: atTheEnds }),
  )
  return fc.asyncProperty(changingOptions(subject), history, turns, async (choice, history, turns) => {
    await play(harness, async ({ limiter, move, note }) => {
      const limiters = choice.map((options) => limiter('law', subject.policy(options)))
      for (const [i, step] of history.entries()) {
        const now = (turns[i] ?? 0) % choice.length
        move(step.move, subject.span(choice[now]))
        const told = note((await send(limiters[now] as Limiter, step, subject.policy(choice[now]).limit)) as Decision)
        const { remaining, resetAfterMs } = await (limiters[now] as Limiter).peek(step.key, { cost: 0 })
        assert.deepEqual({ remaining, resetAfterMs }, { remaining: told.remaining, resetAfterMs: told.resetAfterMs })
        // Under all others it is read too: a state that is not would be an error.
        for (const other of limiters) await other.peek(step.key)
      }
    })
  })
}

/** How what is stored is spoilt. Numbers stand at multiples of 8 bytes. */
type Spoiling =
  | { readonly by: 'other'; readonly kind: number }
  | { readonly by: 'bytes'; readonly bytes: Uint8Array }
  | { readonly by: 'noise'; readonly noise: Uint8Array }
  | { readonly by: 'length'; readonly length: number }
  | { readonly by: 'number'; readonly place: number; readonly number: number }

const noNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 1e300, -(2 ** 60)]
const spoiling: fc.Arbitrary<Spoiling> = fc.oneof(
  fc.record({ by: fc.constant('other'), kind: fc.nat({ max: 9 }) }),
  fc.record({ by: fc.constant('bytes'), bytes: fc.uint8Array({ maxLength: 120, size: 'max' }) }),
  // As many bytes as the state has, repeated.
  fc.record({
    by: fc.constant('noise'),
    noise: fc.oneof(fc.constant(new Uint8Array(1)), fc.uint8Array({ minLength: 40, maxLength: 120, size: 'max' })),
  }),
  fc.record({
    by: fc.constant('length'),
    length: fc.integer({ min: -100, max: 100 }).filter((length) => length !== 0),
  }),
  fc.record({
    by: fc.constant('number'),
    place: fc.nat({ max: 30 }),
    number: fc.oneof(fc.constantFrom(...noNumbers), fc.constantFrom(0, -1, 1, 2 ** 53, 2 ** 54, 2 ** 60), fc.double()),
  }),
)

function foreign({ subject, harness }: Pair): fc.IAsyncPropertyWithHooks<[unknown, Step[], Spoiling]> {
  const history = steps(['consume'], forwardMove)
  return fc.asyncProperty(subject.options, history, spoiling, async (options, history, spoiling) => {
    await play(harness, async ({ limiter, move, note, open }) => {
      if (open.foreign === undefined) return
      const policy = subject.policy(options)
      const one = limiter('law', policy)
      for (const step of history) {
        move(step.move, subject.span(options))
        const cost = Math.min(costOf(step.weight, policy.limit), policy.limit)
        for (const key of ['control', 'good', 'bad']) note(await one.consume(key, { cost }))
      }
      const entry = (await open.stored()).find(({ key }) => key.includes('bad'))
      if (entry === undefined) return
      const mayBeState = await spoil(open.foreign, entry.key, spoiling)
      const before = await open.stored()
      const expected = await one.consume('control')

      const failure = await one.consumeMany([{ key: 'good' }, { key: 'bad' }]).catch((error: unknown) => error)
      const [good, bad] = failure instanceof BatchError ? failure.outcomes : (failure as (Decision | Error)[])
      assert.deepEqual(good, expected, 'others are decided as ever')
      if (mayBeState && !(bad instanceof Error)) return assertSane(bad as Decision)
      assertForeign(bad)
      for (const mode of ['consume', 'peek', 'refund'] as const) {
        if (!mayBeState) assertForeign(await one[mode]('bad').catch((error: unknown) => error))
      }
      const isBad = ({ key }: { readonly key: string }): boolean => key === entry.key
      assert.deepEqual((await open.stored()).find(isBad), before.find(isBad), 'it is left as it is')
      await one.reset('bad')
      assert.equal((await one.peek('bad')).remaining, policy.limit, 'forgotten')
    })
  })
}

/** Spoils a state; true where it may still be one. */
async function spoil(foreign: ForeignWriter, key: string, spoiling: Spoiling): Promise<boolean> {
  if (spoiling.by === 'other') {
    await foreign.writeOther(key, spoiling.kind)
    return false
  }
  if (spoiling.by === 'bytes') {
    await foreign.write(key, spoiling.bytes)
    return false
  }
  const state = await foreign.read(key)
  if (spoiling.by === 'noise') {
    const { noise } = spoiling
    await foreign.write(
      key,
      state.map((_, i) => noise[i % noise.length] as number),
    )
    return false
  }
  if (spoiling.by === 'length') {
    const length = Math.max(0, state.length + spoiling.length)
    const cut = new Uint8Array(length)
    cut.set(state.subarray(0, length))
    await foreign.write(key, cut)
    return false
  }
  const numbers = new DataView(state.buffer, state.byteOffset, state.byteLength)
  numbers.setFloat64(8 * (spoiling.place % (state.length / 8)), spoiling.number, true)
  await foreign.write(key, state)
  return true
}

function assertForeign(outcome: unknown): void {
  assert.ok(outcome instanceof StoredStateError, `Expected a StoredStateError, got ${JSON.stringify(outcome)}`)
}

function assertSane({ limit, remaining, retryAfterMs, resetAfterMs, delayMs }: Decision): void {
  assert.ok(Number.isInteger(remaining) && remaining >= 0 && remaining <= limit, `remaining ${remaining}`)
  for (const ms of [retryAfterMs, resetAfterMs, delayMs]) {
    assert.ok(ms === Number.POSITIVE_INFINITY || (Number.isInteger(ms) && ms >= 0), `${ms} ms`)
  }
}
