import { createLimiter, type Decision, type Limiter, type Policy } from '@sluice/core'
import { setClockHarness } from '@sluice/redis-script/conformance'
import { slidingLog } from '@sluice/sliding-log'
import { harness as ioredisHarness, patientOptions } from '@sluice/store-ioredis/conformance'
import { harness as redisHarness } from '@sluice/store-redis/conformance'
import { memoryHarness } from '@sluice/testkit'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, it } from 'vitest'

// What broke a law once, as examples on every store.
const url = inject('redisUrl')
const harnesses = [memoryHarness(), await ioredisHarness(url), await redisHarness(url)]
const client = new Redis(url, patientOptions)
const setClock = setClockHarness({
  command: (name, ...args) => client.call(name, ...args),
  close: async () => {
    await client.quit()
  },
})

/** Limiters of one name on one empty store, on a clock that the test sets. */
async function setUp(harness: (typeof harnesses)[number], start: number) {
  let now = start
  const open = await harness.open(() => now)
  const limit = (policy: Policy): Limiter => {
    return createLimiter({ name: 'test', policy, store: open.store, failure: 'throw' })
  }
  const goTo = (ms: number): void => {
    now = ms
  }
  return { limit, goTo, open }
}

const today = 1_763_884_800_000

describe.each(harnesses.map((harness) => [harness.name, harness] as const))('on %s', (_, harness) => {
  it('a debt that passes 2^53 in the credits of other options is whole again when the options are changed back', async () => {
    const { limit, open } = await setUp(harness, today)
    const [large, small] = [1_000_000_000, 1_000_000]
    const before = limit(tokenBucket({ capacity: large, refill: large, per: '1d' }))
    const after = limit(tokenBucket({ capacity: small, refill: small + 3, per: '1d' }))
    await before.consume('ann', { cost: large })
    const refused = await after.consume('ann')
    // ⌈(10^9 - 10^6 + 1) · 86,400,000 / 1,000,003⌉ ms: 999 days.
    expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 86_313_341_147 })
    expect(await after.consume('ann')).toEqual(refused)
    expect(await before.peek('ann')).toMatchObject({ allowed: false, remaining: 0 })
    // What is given back under the other options is taken from all of it.
    await after.refund('ann', { cost: 1000 })
    expect(await before.peek('ann')).toMatchObject({ allowed: true, remaining: 1000 })
    await open.close()
  })

  it('a slow debt is not forgiven by a fast charge on top of it', async () => {
    const { limit, goTo, open } = await setUp(harness, today)
    const slow = limit(tokenBucket({ capacity: 100, refill: 1, per: '1d' }))
    const fast = limit(tokenBucket({ capacity: 1000, refill: 1000, per: '1s' }))
    await slow.consume('ann', { cost: 99 })
    await fast.consume('ann')
    goTo(today + 5000)
    expect(await slow.consume('ann')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 86_395_000 })
    await open.close()
  })

  it('the largest debt of all is read by a slow bucket at the first of all dates', async () => {
    const { limit, goTo, open } = await setUp(harness, today)
    const most = 2 ** 53 - 2
    const fast = limit(tokenBucket({ capacity: most, refill: 1, per: '1ms' }))
    const slow = limit(tokenBucket({ capacity: 1, refill: 100, per: '1d' }))
    await fast.consume('ann', { cost: most })
    goTo(0)
    const requests = [{ key: 'ann' }, { key: 'ann' }]
    for (const { allowed } of await slow.consumeMany(requests)) expect(allowed).toBe(false)
    expect(await fast.consume('ann')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1 })
    await open.close()
  })

  it('a log that the clock has left for a date near 0 counts on', async () => {
    const { limit, goTo, open } = await setUp(harness, 1_000_000)
    const limiter = limit(slidingLog({ limit: 10, window: '1s' }))
    const decisions: Decision[] = []
    for (const ms of [1_000_000, 1_000_900, 100, 101, 201]) {
      goTo(ms)
      decisions.push(await limiter.consume('ann'))
    }
    // The first leaves 900 ms before the second, which counts from 100 on.
    expect(decisions.map(({ remaining }) => remaining)).toEqual([9, 8, 7, 6, 6])
    await open.close()
  })

  it('a refusal under a shorter window lets go of nothing that counts in the longer', async () => {
    const { limit, goTo, open } = await setUp(harness, today)
    const long = limit(slidingLog({ limit: 10, window: '1m' }))
    const short = limit(slidingLog({ limit: 5, window: '1s' }))
    await long.consume('ann', { cost: 5 })
    goTo(today + 30_000)
    await long.consume('ann', { cost: 5 })
    // Too far back for the shorter window: moved, and so saved by the refusal.
    goTo(today + 20_000)
    expect(await short.consume('ann')).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    expect(await long.peek('ann')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 30_000 })
    goTo(today + 25_000)
    expect(await long.peek('ann')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 25_000 })
    await open.close()
  })
})

it('on a server whose clock is set back by a year, a log is kept for twice its window', async () => {
  const year = 365 * 86_400_000
  const start = (setClock.earliest ?? 0) + year
  const { limit, goTo, open } = await setUp(setClock, start)
  const limiter = limit(slidingLog({ limit: 5, window: '1s' }))
  await limiter.consume('ann')
  goTo(start - year)
  await limiter.consume('ann')
  const [entry] = await open.stored()
  expect(entry?.expiresAt).toBe(start - year + 2000)
  await open.close()
})

afterAll(async () => {
  await Promise.all([...harnesses, setClock].map((harness) => harness.close()))
})
