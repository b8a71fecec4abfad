import diagnostics from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { createLimiter, type Gate, memoryStore, type Policy, type ScriptMessage, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { findAlgorithms } from '../../tooling/packages.ts'

const algorithms = await findAlgorithms()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A store that counts what it is asked. */
function counting() {
  const inner = memoryStore()
  const asked = { batches: 0, decisions: 0 }
  const bind: Store['bind'] = (binding) => {
    const gate = inner.bind(binding)
    const apply: Gate['apply'] = (asks) => {
      asked.batches += 1
      asked.decisions += asks.length
      return gate.apply(asks)
    }
    return { apply }
  }
  return { store: { bind } satisfies Store, asked, inner }
}

const one = fixedWindow({ limit: 1, window: '10s' })
const five = tokenBucket({ capacity: 5, refill: 1, per: '1s' })

describe('a refusal that is remembered', () => {
  it('answers that cost and more, for as long as it told', async () => {
    const { store, asked } = counting()
    const limiter = createLimiter({ name: 'a', policy: five, store, remember: true })
    await limiter.consume('k', { cost: 4 })
    expect(await limiter.consume('k', { cost: 2 })).toMatchObject({
      allowed: false,
      source: 'store',
      retryAfterMs: 1000,
    })
    vi.advanceTimersByTime(400)
    expect(await limiter.consume('k', { cost: 2 })).toMatchObject({
      ...{ allowed: false, source: 'remembered', retryAfterMs: 600, resetAfterMs: 3600, at: Date.now(), cost: 0 },
      policies: { default: { allowed: false, retryAfterMs: 600, resetAfterMs: 3600 } },
    })
    expect(await limiter.consume('k', { cost: 3 })).toMatchObject({ source: 'remembered', retryAfterMs: 1600 })
    expect(await limiter.consume('k', { cost: 6 })).toMatchObject({
      source: 'remembered',
      retryAfterMs: Number.POSITIVE_INFINITY,
    })
    expect(asked.decisions).toBe(2)
    expect(await limiter.consume('k', { cost: 1 })).toMatchObject({ allowed: true, source: 'store' })
  })

  it('answers with the waits of what is only watched as they are by then', async () => {
    const policies = { one, hour: fixedWindow({ limit: 1, window: '1h' }) }
    const limiter = createLimiter({ policies, mode: { hour: 'shadow' }, remember: true })
    for (const _ of [1, 2]) await limiter.consume('k')
    vi.advanceTimersByTime(400)
    const shadow = { allowed: false, retryAfterMs: 3_599_600 }
    expect(await limiter.consume('k')).toMatchObject({
      ...{ allowed: false, policy: 'one', source: 'remembered', retryAfterMs: 9600, shadow },
      policies: { hour: { allowed: true, retryAfterMs: 0, shadow } },
    })
  })

  it('answers for a second at most, and for no other key, tier, or verb', async () => {
    const { store } = counting()
    const limiter = createLimiter({ name: 'a', policies: { one }, store, remember: true })
    await limiter.consume('k')
    await limiter.consume('k')
    const sources = async () => [
      (await limiter.consume('k')).source,
      (await limiter.consume('other')).source,
      (await limiter.peek('k')).source,
      (await limiter.with({ policies: { one: fixedWindow({ limit: 2, window: '10s' }) } }).peek('k')).source,
    ]
    vi.advanceTimersByTime(999)
    expect(await sources()).toEqual(['remembered', 'store', 'store', 'store'])
    vi.advanceTimersByTime(1)
    expect((await limiter.consume('k')).source).toBe('store')
    const larger = limiter.with({ policies: { one: fixedWindow({ limit: 2, window: '10s' }) } })
    expect(await larger.consume('k')).toMatchObject({ allowed: true, source: 'store' })
  })

  it.each(['refund', 'reset', 'charge'] as const)('is forgotten by a %s of this process', async (verb) => {
    const { store } = counting()
    const limiter = createLimiter({ name: 'a', policy: one, store, remember: true })
    await limiter.consume('k')
    await limiter.consume('k')
    await limiter[verb]('k')
    expect((await limiter.consume('k')).source).toBe('store')
  })

  it('leaves the rest of a batch to the store, in order', async () => {
    const { store, asked } = counting()
    const limiter = createLimiter({ name: 'a', policy: one, store, remember: true })
    await limiter.consumeMany([{ key: 'k' }, { key: 'k' }])
    const decisions = await limiter.consumeMany([{ key: 'x' }, { key: 'k' }, { key: 'y' }, { key: 'x' }])
    expect(decisions.map(({ allowed, source }) => [allowed, source])).toEqual([
      [true, 'store'],
      [false, 'remembered'],
      [true, 'store'],
      [false, 'store'],
    ])
    expect(asked).toEqual({ batches: 2, decisions: 5 })
  })

  it('is of the store: nothing is remembered of who answers in its place', async () => {
    const store: Store = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }
    const limiter = createLimiter({ name: 'a', policy: one, store, failure: 'closed', remember: true })
    await limiter.consume('k')
    expect(await limiter.consume('k')).toMatchObject({ source: 'closed' })
  })

  it('is one of ten thousand', async () => {
    const { inner } = counting()
    const limiter = createLimiter({ name: 'a', policy: one, store: inner, remember: true })
    const keys = Array.from({ length: 10_001 }, (_, i) => `key:${i}`)
    for (const key of [...keys, ...keys]) await limiter.consume(key)
    expect((await limiter.consume('key:0')).source).toBe('store')
    expect((await limiter.consume('key:10000')).source).toBe('remembered')
  })

  it('is remembered on request only, and `remember` is true or false', async () => {
    const limiter = createLimiter({ policy: one })
    await limiter.consume('k')
    await limiter.consume('k')
    expect((await limiter.consume('k')).source).toBe('store')
    expect(() => createLimiter({ policy: one, remember: 5 as never })).toThrow(
      'Expected `remember` to be true or false, got 5',
    )
  })
})

// Never drawn: other processes, whose refunds are seen within a second; keys by policy; an outage.
it.each(algorithms.map((subject) => [subject.name, subject] as const))(
  'with %s, one process that remembers decides as if it did not',
  async (_, subject) => {
    const policy = subject.policy(subject.quota(5, 3000)) as Policy
    const others = fc.constantFrom(
      { other: false, mode: undefined },
      { other: true, mode: undefined },
      { other: true, mode: { other: 'shadow' } as const },
      { other: true, mode: { policy: 'shadow' } as const },
    )
    const step = fc.record({
      verb: fc.constantFrom('consume', 'consume', 'consume', 'consume', 'refund', 'charge', 'reset'),
      key: fc.constantFrom('a', 'a', 'a', 'b'),
      cost: fc.constantFrom(1, 2, 2, 5, 6),
      laterMs: fc.constantFrom(0, 0, 1, 300, 599, 600, 1000, 4000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), others, async (steps, { other, mode }) => {
        const policies = { policy, ...(other && { other: fixedWindow({ limit: 7, window: '2s' }) }) }
        const [remembering, plain] = [true, false].map((remember) =>
          createLimiter({ name: 'a', policies, mode, store: memoryStore({ clock: () => Date.now() }), remember }),
        )
        for (const { verb, key, cost, laterMs } of steps) {
          vi.advanceTimersByTime(laterMs)
          if (verb === 'reset') {
            await Promise.all([remembering?.reset(key), plain?.reset(key)])
            continue
          }
          const [told, expected] = await Promise.all([remembering?.[verb](key, { cost }), plain?.[verb](key, { cost })])
          expect(told?.allowed).toBe(expected?.allowed)
          if (told?.source === 'remembered')
            expect(told.retryAfterMs).toBeLessThanOrEqual(expected?.retryAfterMs as number)
          else expect(told).toEqual(expected)
        }
      }),
      { numRuns: 300, seed: 20_261_128 },
    )
  },
)

it('a flood on one key sends Redis a script a second, however many ask at once', async () => {
  const client = new Redis(inject('redisUrl'))
  client.on('error', () => {})
  onTestFinished(async () => {
    await client.quit()
  })
  const name = `flood-${process.pid}`
  const sent: ScriptMessage[] = []
  const listener = (message: unknown): void => {
    const script = message as ScriptMessage
    if (script.limiter === name && script.type === 'sent') sent.push(script)
  }
  diagnostics.subscribe('sluice:script', listener)
  onTestFinished(() => {
    diagnostics.unsubscribe('sluice:script', listener)
  })
  const policy = fixedWindow({ limit: 1, window: '1d' })
  const limiter = createLimiter({
    name,
    policy,
    store: ioredisStore({ client, clock: () => Date.now() }),
    deadline: '1h',
    remember: true,
  })
  await limiter.consume('k')
  await limiter.consume('k')
  const flood = async (): Promise<void> => {
    const calls = []
    for (let turn = 0; turn < 50; turn += 1) {
      for (let i = 0; i < 20; i += 1) calls.push(limiter.consume('k'))
      await setImmediate()
    }
    for (const { allowed } of await Promise.all(calls)) expect(allowed).toBe(false)
  }
  expect(sent).toHaveLength(2)
  for (const second of [1, 2, 3]) {
    vi.advanceTimersByTime(999)
    await flood()
    expect(sent).toHaveLength(1 + second)
    vi.advanceTimersByTime(1)
    await flood()
    expect(sent).toHaveLength(2 + second)
  }
  await limiter.reset('k')
})
