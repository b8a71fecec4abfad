import { createLimiter, type Limiter, type Policy, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis } from '../../../tooling/redis.ts'

// A server of our own: it counts each command that it runs, those of a script among them.
const server = await startRedis()
const redis = new Redis(server.url, forIoredis)
const nodeRedis = createClient({ url: server.url, ...forRedis })
await nodeRedis.connect()

const bucket = tokenBucket({ capacity: 5, refill: 1, per: '1h' })
const window = fixedWindow({ limit: 5, window: '1h', align: 'first-request' })
const log = slidingLog({ limit: 5, window: '1h' })

/** What the server ran, by command. */
async function ran(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.config('RESETSTAT')
  await work()
  const stats = (await redis.info('commandstats')).matchAll(/^cmdstat_(.+):calls=(\d+)/gm)
  const counts = [...stats].map(([, command, calls]) => [command, Number(calls)])
  const { 'config|resetstat': _, ...rest } = Object.fromEntries(counts)
  return rest
}

/** Of what the server ran, that which writes; a log reads more than once, because it reads no more than it needs. */
function writes(counts: Record<string, number>): Record<string, number> {
  const reading = ['time', 'get', 'getrange', 'strlen', 'exists']
  return Object.fromEntries(Object.entries(counts).filter(([command]) => !reading.includes(command)))
}

interface LogShape {
  readonly now: number
  /** Runs of a unit that have left the window, and runs that have not. */
  readonly dead: number
  readonly live: number
  readonly window: number
}

/** A sliding log as it is stored: see sliding-log.lua.ts. */
function logOf({ now, dead, live, window }: LogShape): Buffer {
  const base = now - window / 2
  const runs = Array.from({ length: dead + live }, (_, i) => [i < dead ? -window : i - dead, i + 1])
  const newest = base + live - 1
  const foot = [base, dead, dead + live - 1, dead, 0, dead + 1, newest + window, newest + 2 * window]
  return Buffer.from(new Float64Array([...runs.flat(), ...foot]).buffer)
}

beforeEach(async () => {
  const keys = await redis.keys('*')
  if (keys.length > 0) await redis.del(keys)
})

afterAll(async () => {
  await redis.quit()
  await nodeRedis.close()
  await server.stop()
})

const stores: [string, () => Store][] = [
  ['ioredis', () => ioredisStore({ client: redis })],
  ['redis', () => redisStore({ client: nodeRedis })],
]

describe.each(stores)('over %s', (_, store) => {
  const limit = async (policies: Record<string, Policy>): Promise<Limiter> => {
    const limiter = createLimiter({ name: 'test', policies, store: store(), failure: 'throw', deadline: '1h' })
    // So that the scripts are there: that for one consume, and that for all else.
    await limiter.consume('first')
    await limiter.reset('first')
    return limiter
  }

  it('a decision is one EVALSHA, which reads the clock once, loads once and writes once', async () => {
    const limiter = await limit({ bucket })
    expect(await ran(() => limiter.consume('ann', { cost: 5 }))).toEqual({ evalsha: 1, time: 1, get: 1, set: 1 })
  })

  it('a refusal, a peek, a cost of 0 and a refund of nothing write nothing', async () => {
    const limiter = await limit({ bucket })
    const only = { evalsha: 1, time: 1, get: 1 }
    expect(await ran(() => limiter.consume('ann', { cost: 0 }))).toEqual(only)
    expect(await ran(() => limiter.refund('ann'))).toEqual(only)
    await limiter.consume('ann', { cost: 5 })
    expect(await ran(() => limiter.consume('ann'))).toEqual(only)
    expect(await ran(() => limiter.consume('ann', { cost: 6 }))).toEqual(only)
    expect(await ran(() => limiter.consume('ann', { cost: 0 }))).toEqual(only)
    expect(await ran(() => limiter.peek('ann'))).toEqual(only)
    expect(await ran(() => limiter.refund('ann', { cost: 0 }))).toEqual(only)
  })

  it('several policies are one EVALSHA; if one refuses, none is written', async () => {
    const limiter = await limit({
      bucket,
      window: fixedWindow({ limit: 9, window: '1h', align: 'first-request' }),
      log,
    })
    expect(await ran(() => limiter.consume('ann', { cost: 5 }))).toMatchObject({ evalsha: 1, time: 1, get: 2, set: 3 })
    expect(writes(await ran(() => limiter.consume('ann')))).toEqual({ evalsha: 1 })
  })

  it('a batch is one EVALSHA, which loads and writes each key once, however often it is asked for', async () => {
    const limiter = await limit({ bucket, window })
    const keys = ['ann', 'bob', 'ann', 'ann', 'bob', 'cid']
    const asked = () => limiter.consumeMany(keys.map((key) => ({ key })))
    expect(await ran(asked)).toEqual({ evalsha: 1, time: 1, get: 6, set: 6 })
  })

  it('a batch of more than 128 is several EVALSHAs', async () => {
    const limiter = await limit({ bucket })
    const many = (count: number) => () => limiter.consumeMany(Array.from({ length: count }, () => ({ key: 'ann' })))
    expect(await ran(many(128))).toEqual({ evalsha: 1, time: 1, get: 1, set: 1 })
    expect(await ran(many(129))).toEqual({ evalsha: 2, time: 2, get: 2 })
  })

  it('a batch writes only what it has changed', async () => {
    const limiter = await limit({ bucket })
    const requests = [{ key: 'ann', cost: 5 }, { key: 'bob', cost: 0 }, { key: 'cid', cost: 6 }, { key: 'ann' }]
    expect(await ran(() => limiter.consumeMany(requests))).toEqual({ evalsha: 1, time: 1, get: 3, set: 1 })
  })

  it('a policy that a request costs nothing is not written', async () => {
    const limiter = await limit({ bucket, window })
    await limiter.consume('ann')
    const cost = { bucket: 1, window: 0 }
    expect(await ran(() => limiter.consume('ann', { cost }))).toEqual({ evalsha: 1, time: 1, get: 2, setrange: 1 })
  })

  it('a key is kept for twice as long as it needs, and meanwhile changed in place', async () => {
    const limiter = await limit({ bucket })
    const setsInPlace = { evalsha: 1, time: 1, get: 1, setrange: 1 }
    const sets = { evalsha: 1, time: 1, get: 1, set: 1 }
    expect(await ran(() => limiter.consume('ann'))).toEqual(sets)
    expect(await ran(() => limiter.consume('ann'))).toEqual(setsInPlace)
    expect(await ran(() => limiter.consume('ann'))).toEqual(sets)
    expect(await ran(() => limiter.consumeMany([{ key: 'ann' }, { key: 'ann' }]))).toEqual(setsInPlace)
  })

  it('a log appends what it admits', async () => {
    const limiter = await limit({ log })
    expect(writes(await ran(() => limiter.consume('ann')))).toEqual({ evalsha: 1, set: 1 })
    expect(writes(await ran(() => limiter.consume('ann')))).toEqual({ evalsha: 1, setrange: 1 })
    expect(writes(await ran(() => limiter.consume('ann', { cost: 4 })))).toEqual({ evalsha: 1 })
  })

  it('a script tidies up a few logs at most, however many it adds to: the others wait for another script', async () => {
    const day = 86_400_000
    const large = slidingLog({ limit: 10_000, window: '1d' })
    const limiter = await limit({ large })
    const keys = Array.from({ length: 12 }, (_, i) => `log-${i}`)
    const value = logOf({ now: Date.now(), dead: 10_070, live: 9000, window: day })
    for (const key of keys) await redis.set(`sluice:{${key}}:test:large:sl1`, value, 'PX', day)
    for (let i = 0; i < 6; i += 1) {
      const decisions = limiter.consumeMany(keys.map((key) => ({ key })))
      const counts = await ran(() => decisions)
      expect(counts.set ?? 0).toBeLessThanOrEqual(2)
      expect((await decisions).map(({ remaining }) => remaining)).toEqual(keys.map(() => 999 - i))
    }
    const sizes = await Promise.all(keys.map((key) => redis.strlen(`sluice:{${key}}:test:large:sl1`)))
    for (const size of sizes) expect(size).toBeLessThan(16 * 9010 + 64)
  })

  it('a reset deletes', async () => {
    const limiter = await limit({ bucket, window })
    await limiter.consume('ann')
    expect(await ran(() => limiter.reset('ann'))).toMatchObject({ evalsha: 1, del: 2 })
    expect(await redis.dbsize()).toBe(0)
  })

  it('an empty batch is no command at all', async () => {
    const limiter = await limit({ bucket })
    expect(await ran(() => limiter.consumeMany([]))).toEqual({})
  })

  it('bad input is no command at all', async () => {
    const limiter = await limit({ bucket })
    const wrong = [{ key: 'ann' }, { key: 'bob', cost: -1 }]
    expect(await ran(() => limiter.consumeMany(wrong).catch(() => {}))).toEqual({})
  })

  it('a server that has forgotten the script is given it once more, and each decision counts once', async () => {
    const limiter = await limit({ bucket })
    await limiter.consume('ann')
    await redis.script('FLUSH')
    expect(await ran(() => limiter.consume('ann'))).toEqual({ evalsha: 1, eval: 1, time: 1, get: 1, setrange: 1 })
    expect(await ran(() => limiter.consume('ann'))).toEqual({ evalsha: 1, time: 1, get: 1, set: 1 })
    expect((await limiter.peek('ann')).remaining).toBe(2)
  })

  it('many decisions under way when the script is forgotten all count once', async () => {
    const limiter = await limit({ bucket })
    await redis.script('FLUSH')
    const decisions = await Promise.all(Array.from({ length: 20 }, () => limiter.consume('ann')))
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5)
    expect((await limiter.peek('ann')).remaining).toBe(0)
  })

  it('limiters of the same algorithms share a script, whatever they are called', async () => {
    await redis.script('FLUSH')
    const shared = store()
    const first = createLimiter({
      name: 'first',
      policies: { bucket },
      store: shared,
      failure: 'throw',
      deadline: '1h',
    })
    const other = tokenBucket({ capacity: 9, refill: 1, per: '1s' })
    const second = createLimiter({
      name: 'second',
      policies: { other },
      store: shared,
      failure: 'throw',
      deadline: '1h',
    })
    expect(await ran(() => first.peek('ann'))).toMatchObject({ eval: 1 })
    expect(await ran(() => second.peek('ann'))).toEqual({ evalsha: 1, time: 1, get: 1 })
  })
})
