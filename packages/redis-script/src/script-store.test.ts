import { randomBytes } from 'node:crypto'
import { getEventListeners } from 'node:events'
import {
  type Ask,
  BatchError,
  createLimiter,
  type Decision,
  type Limiter,
  type LimiterEvent,
  type Mode,
  memoryStore,
  OverloadError,
  type Policy,
  type Store,
  StoredStateError,
} from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingCounter } from '@sluice/sliding-counter'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { tokenBucket } from '@sluice/token-bucket'
import calculateSlot from 'cluster-key-slot'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { Connection } from './connection.ts'
import { type ScriptStoreOptions, scriptStore } from './script-store.ts'
import { storedKey } from './stored-key.ts'

const url = inject('redisUrl')
const prefix = `script-store-${randomBytes(4).toString('hex')}`
const redis = new Redis(url, forIoredis)
const nodeRedis = createClient({ url, ...forRedis })
await nodeRedis.connect()

const stores: Record<string, (options?: ScriptStoreOptions) => Store> = {
  ioredis: (options) => ioredisStore({ client: redis, prefix, ...options }),
  redis: (options) => redisStore({ client: nodeRedis, prefix, ...options }),
}
const algorithms: Record<string, Policy> = {
  'token bucket': tokenBucket({ capacity: 3, refill: 1, per: '1h' }),
  'leaky bucket': leakyBucket({ capacity: 3, leak: 1, per: '1h' }),
  'fixed window': fixedWindow({ limit: 3, window: '1h', align: 'first-request' }),
  'sliding log': slidingLog({ limit: 3, window: '1h' }),
}
const clients = Object.keys(stores)
const names = Object.keys(algorithms)
const combined = clients.flatMap((client) => names.map((algorithm) => [algorithm, client] as const))

/** A name that no other test uses. */
let subjects = 0
function newKey(): string {
  subjects += 1
  return `key-${subjects}`
}

function limit(client: string, policies: Record<string, Policy>, options?: ScriptStoreOptions): Limiter {
  return createLimiter({ name: 'test', policies, store: storeOf(client, options), failure: 'throw', deadline: '1h' })
}

function storeOf(client: string, options?: ScriptStoreOptions): Store {
  return stores[client]?.(options) as Store
}

function policyOf(algorithm: string): Policy {
  return algorithms[algorithm] as Policy
}

/** Under which name the state of a key is stored. */
function under(key: string, policy: string, { format }: Policy): string {
  return storedKey(prefix, key, 'test', policy, format)
}

/** All that can be seen of a stored key. */
async function seen(stored: string): Promise<unknown> {
  return [await redis.dumpBuffer(stored), await redis.call('PEXPIRETIME', stored)]
}

async function serverNow(): Promise<number> {
  const [seconds, micros] = await redis.time()
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
}

afterEach(() => {
  vi.restoreAllMocks()
})

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
  await nodeRedis.close()
})

describe('a stored key that holds something else', () => {
  const bytes = Buffer.from('9d3b6e21f04c5ab8e7d21f6a0b94c358e16d7f02ab93c4d5', 'hex')
  const junk: Record<string, (stored: string) => Promise<unknown>> = {
    'a word': (stored) => redis.set(stored, 'junk'),
    'an empty string': (stored) => redis.set(stored, ''),
    '16 bytes': (stored) => redis.set(stored, bytes.subarray(0, 16)),
    '24 bytes': (stored) => redis.set(stored, bytes),
    '32 bytes': (stored) => redis.set(stored, Buffer.concat([bytes, bytes]).subarray(0, 32)),
    '128 bytes': (stored) => redis.set(stored, Buffer.alloc(128, bytes)),
    '32 zeros': (stored) => redis.set(stored, Buffer.alloc(32)),
    'a list': (stored) => redis.rpush(stored, 'junk'),
    'a hash': (stored) => redis.hset(stored, 'field', 'junk'),
  }
  const cases = combined.flatMap((pair) => Object.keys(junk).map((kind) => [...pair, kind] as const))

  it.each(cases)(
    'fails the decisions on it alone, until it is reset: %s over %s, %s',
    async (algorithm, client, kind) => {
      const policy = policyOf(algorithm)
      const sibling = fixedWindow({ limit: 9, window: '1h', align: 'first-request' })
      const limiter = limit(client, { before: sibling, policy, after: sibling })
      const [good, bad] = [newKey(), newKey()]
      const stored = under(bad, 'policy', policy)
      await junk[kind]?.(stored)
      const before = await seen(stored)
      const error = new StoredStateError(stored, policy.format)
      expect(error.message).toContain(`"${stored}"`)

      const requests = [{ key: good }, { key: bad }, { key: good, cost: 2 }, { key: bad, cost: 0 }, { key: good }]
      const failure = await limiter.consumeMany(requests).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(BatchError)
      expect((failure as BatchError).errors).toEqual([error, error])
      expect((failure as BatchError).outcomes).toMatchObject([
        { allowed: true, policies: { policy: { remaining: 2 } } },
        { storedKey: stored },
        { allowed: true, policies: { policy: { remaining: 0 } } },
        { storedKey: stored },
        { allowed: false, policies: { policy: { remaining: 0 } } },
      ])
      for (const verb of ['consume', 'peek', 'refund'] as const) {
        const outcome = await limiter[verb](bad).catch((error: unknown) => error)
        expect(outcome).toBeInstanceOf(StoredStateError)
        expect(outcome).toEqual(error)
      }
      expect(await seen(stored)).toEqual(before)
      expect(await redis.exists(under(bad, 'before', sibling), under(bad, 'after', sibling))).toBe(0)

      await limiter.reset(bad)
      expect(await redis.exists(stored)).toBe(0)
      expect(left(await limiter.consume(bad))).toEqual({ before: 8, policy: 2, after: 8 })
    },
  )
})

describe('a state with one number that cannot be', () => {
  it.each(combined)('fails the decisions on it: %s over %s', async (algorithm, client) => {
    const policy = policyOf(algorithm)
    const gate = storeOf(client, { clock: () => 1_800_000_000_000 }).bind({ name: 'test', policies: { policy } })
    const peek = (key: string) => ({ key, mode: 'peek', costs: [1] }) as const
    const key = newKey()
    await gate.apply([{ key, mode: 'consume', costs: [2] }])
    const state = (await redis.getBuffer(under(key, 'policy', policy))) as Buffer

    const broken: string[] = []
    for (let offset = 0; offset < state.length; offset += 8) {
      for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5]) {
        const copy = Buffer.from(state)
        copy.writeDoubleLE(number, offset)
        const other = newKey()
        broken.push(other)
        await redis.set(under(other, 'policy', policy), copy)
      }
    }
    const outcomes = await gate.apply([key, ...broken].map(peek))
    expect(outcomes[0]).toMatchObject({ views: [{ used: 2 * policy.unit }] })
    const errors = broken.map((other) => new StoredStateError(under(other, 'policy', policy), policy.format))
    expect(outcomes.slice(1)).toEqual(errors)
  })
})

describe('a log with junk among its runs', () => {
  // At 10,000, of 3 in 1,000 ms: when, total for each run; then base, first, last, spent, when and total of the first run, expires,
  // kept. The first run has left.
  const foot = [0, 0, 2, 0, 8000, 1, 10_900, 11_900]
  it.each<[string, number[]]>([
    ['a total above that of the newest', [8000, 1, 9500, 1e6, 9900, 3, ...foot]],
    ['a total below that of the first', [8000, 1, 9500, 0, 9900, 3, ...foot]],
    ['a total that is none', [8000, 1, 9500, Number.NaN, 9900, 3, ...foot]],
    ['a date after the newest', [8000, 1, 99_999, 2, 9900, 3, ...foot]],
    ['a newest that is none', [8000, 1, 9500, 2, Number.NaN, 3, ...foot]],
    ['a newest total that is none', [8000, 1, 9500, 2, 9900, Number.NaN, ...foot]],
    ['a newest before the first', [8000, 1, 9500, 2, 7900, 3, ...foot]],
    ['more runs than there can be', [8000, 1, 9900, 3, 0, 0, 2 ** 21, 0, 8000, 1, 10_900, 11_900]],
    ['a first run after the newest', [8000, 1, 9900, 3, 0, 0, 1, 0, 99_999, 1, 10_900, 11_900]],
    ['one run that is not the newest', [9900, 3, 0, 0, 0, 0, 8000, 1, 10_900, 11_900]],
  ])('fails its own decision, never admits, and lets the others be: %s', async (_, numbers) => {
    const policy = slidingLog({ limit: 3, window: '1s' })
    for (const client of clients) {
      const gate = storeOf(client, { clock: () => 10_000 }).bind({ name: 'test', policies: { policy } })
      const [good, bad] = [newKey(), newKey()]
      const state = Buffer.alloc(8 * numbers.length)
      for (const [place, number] of numbers.entries()) state.writeDoubleLE(number, 8 * place)
      await redis.set(under(bad, 'policy', policy), state)
      const outcomes = await gate.apply([good, bad, good].map((key) => ({ key, mode: 'consume', costs: [1] })))
      expect(outcomes).toMatchObject([
        { views: [{ used: 0 }] },
        { storedKey: under(bad, 'policy', policy) },
        { views: [{ used: 1 }] },
      ])
      expect(await redis.getBuffer(under(bad, 'policy', policy))).toEqual(state)
    }
  })

  it('never tells a wait that is none', async () => {
    const policy = slidingLog({ limit: 3, window: '1s' })
    const numbers = [9500, 1, Number.POSITIVE_INFINITY, 2, 9900, 3, 0, 0, 2, 0, 9500, 1, 10_900, 11_900]
    const state = Buffer.alloc(8 * numbers.length)
    for (const [place, number] of numbers.entries()) state.writeDoubleLE(number, 8 * place)
    for (const client of clients) {
      const key = newKey()
      await redis.set(under(key, 'policy', policy), state)
      const gate = storeOf(client, { clock: () => 10_000 }).bind({ name: 'test', policies: { policy } })
      const outcomes = await gate.apply([{ key, mode: 'consume', costs: [2] }])
      expect(outcomes).toMatchObject([{ views: [{ used: 3, wait: 900 }] }])
    }
  })
})

function left({ policies }: Decision): Record<string, number> {
  return Object.fromEntries(Object.entries(policies).map(([name, { remaining }]) => [name, remaining]))
}

describe('every key expires', () => {
  it.each(combined)('after each operation: %s over %s', async (algorithm, client) => {
    const policy = policyOf(algorithm)
    const key = newKey()
    const stored = under(key, 'policy', policy)
    const limiter = limit(client, { policy })
    const operations = [
      () => limiter.consume(key),
      () => limiter.consume(key),
      () => limiter.consume(key, { cost: 2 }),
      () => limiter.consume(key, { cost: 0 }),
      () => limiter.peek(key),
      () => limiter.refund(key),
      () => limiter.consumeMany([{ key }, { key }, { key }]),
    ]
    for (const operation of operations) {
      await operation()
      const ms = await redis.pttl(stored)
      expect(ms).toBeGreaterThan(0)
      expect(ms).toBeLessThanOrEqual(2 * 3 * 3_600_000)
    }
    await limiter.refund(key, { cost: 9 })
    // What counts its charges stays until it expires.
    expect(await redis.exists(stored)).toBe(policy.counts ? 1 : 0)
  })

  it.each(combined)('on an injected clock, a day later, in real time: %s over %s', async (algorithm, client) => {
    const policy = policyOf(algorithm)
    let now = 2 ** 51
    const key = newKey()
    const stored = under(key, 'policy', policy)
    const limiter = limit(client, { policy }, { clock: () => now })
    for (const later of [2 ** 51, 2 ** 51 + 1, 5, 0]) {
      now = later
      await limiter.consume(key)
      const ms = await redis.pttl(stored)
      expect(ms).toBeGreaterThan(86_400_000)
      expect(ms).toBeLessThanOrEqual(86_400_000 + 2 * 3 * 3_600_000)
    }
  })
})

describe('nothing is written', () => {
  it.each(combined)('by a refusal, a cost of 0 or a peek: %s over %s', async (algorithm, client) => {
    const policy = policyOf(algorithm)
    const key = newKey()
    const stored = under(key, 'policy', policy)
    const limiter = limit(client, { policy })
    const ask = async () => {
      expect(await limiter.consume(key, { cost: 0 })).toMatchObject({ allowed: true })
      expect(await limiter.consume(key, { cost: 4 })).toMatchObject({ allowed: false, retryAfterMs: Infinity })
      await limiter.peek(key)
      await limiter.refund(key, { cost: 0 })
    }
    await ask()
    expect(await redis.exists(stored)).toBe(0)

    await limiter.consume(key, { cost: 2 })
    const before = await seen(stored)
    await ask()
    expect(await limiter.consume(key, { cost: 3 })).toMatchObject({ allowed: false, remaining: 1 })
    expect(await seen(stored)).toEqual(before)
  })

  it.each(clients)('to a policy that admits, when another refuses: over %s', async (client) => {
    const [narrow, wide] = [
      fixedWindow({ limit: 1, window: '1h', align: 'first-request' }),
      slidingLog({ limit: 9, window: '1h' }),
    ]
    const limiter = limit(client, { wide, narrow })
    const key = newKey()
    expect(left(await limiter.consume(key))).toEqual({ wide: 8, narrow: 0 })
    const before = await seen(under(key, 'wide', wide))
    expect(await limiter.consume(key)).toMatchObject({ allowed: false, policy: 'narrow' })
    expect(await seen(under(key, 'wide', wide))).toEqual(before)
  })
})

describe('a refund that does not show, because what is used is rounded up,', () => {
  it.each(clients)('is written all the same: over %s', async (client) => {
    const time = { now: 5200 }
    const limiter = limit(client, { policy: slidingCounter({ limit: 10, window: '1s' }) }, { clock: () => time.now })
    const key = newKey()
    await limiter.consume(key, { cost: 10 })
    time.now = 6500
    expect(await limiter.refund(key)).toMatchObject({ used: 5 })
    expect(await limiter.refund(key)).toMatchObject({ used: 4 })
  })
})

describe('time', () => {
  it.each(clients)('is that of the server, whatever the date is here: over %s', async (client) => {
    vi.spyOn(Date, 'now').mockReturnValue(1)
    const policy = fixedWindow({ limit: 1, window: '1h', align: 'first-request' })
    const gate = storeOf(client).bind({ name: 'test', policies: { policy } })
    const key = newKey()
    const earliest = await serverNow()
    const [answer] = await gate.apply([{ key, mode: 'consume', costs: [1] }])
    const latest = await serverNow()
    const { now } = answer as { now: number }
    expect(now).toBeGreaterThanOrEqual(earliest)
    expect(now).toBeLessThanOrEqual(latest)
    expect(await redis.call('PEXPIRETIME', under(key, 'policy', policy))).toBe(now + 3_600_000)
  })

  it.each(clients)('is one instant for a whole batch, and what an injected clock says: over %s', async (client) => {
    let now = 0
    const policies = { policy: fixedWindow({ limit: 1, window: '1s', align: 'epoch' }) }
    const limiter = limit(client, policies, { clock: () => (now += 1000.9) })
    const key = newKey()
    const decisions = await limiter.consumeMany([{ key }, { key }])
    expect(decisions).toMatchObject([
      { allowed: true, resetAfterMs: 1000 },
      { allowed: false, retryAfterMs: 1000 },
    ])
    expect(await limiter.consume(key)).toMatchObject({ allowed: true, resetAfterMs: 999 })
  })

  it.each(clients)('that is none makes the call fail, and nothing is counted: over %s', async (client) => {
    let now: unknown = 0
    const limiter = limit(client, { policy: policyOf('token bucket') }, { clock: () => now as number })
    const key = newKey()
    for (now of [Number.NaN, -1, Number.POSITIVE_INFINITY, '5', undefined]) {
      const error = expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining('Expected `clock` to return milliseconds from 0 to 2^52, got'),
      })
      await expect(limiter.consume(key)).rejects.toEqual(error)
    }
    now = 0
    expect((await limiter.peek(key)).remaining).toBe(3)
  })
})

describe('numbers as large as a policy may have', () => {
  it.each(clients)('are stored and told exactly: over %s', async (client) => {
    const limiter = limit(client, {
      window: fixedWindow({ limit: Number.MAX_SAFE_INTEGER, window: '1d', align: 'first-request' }),
    })
    const key = newKey()
    const all = { key, cost: Number.MAX_SAFE_INTEGER - 100 }
    const decisions = await limiter.consumeMany([all, ...Array.from({ length: 101 }, () => ({ key }))])
    expect(decisions.map(({ remaining }) => remaining)).toEqual([...Array.from({ length: 101 }, (_, i) => 100 - i), 0])
    expect(decisions.at(-1)).toMatchObject({ allowed: false })
    expect(await limiter.consume(newKey(), { cost: 2 ** 52 })).toMatchObject({ remaining: 2 ** 52 - 1 })

    const other = newKey()
    await limiter.consume(other, { cost: Number.MAX_SAFE_INTEGER - 10 })
    for (let left = 9; left >= 0; left -= 1) {
      expect(await limiter.consume(other)).toMatchObject({ remaining: left })
      expect(await limiter.peek(other)).toMatchObject({ remaining: left })
    }
  })

  it.each(clients)('go on to be decided with once all is used: over %s', async (client) => {
    // The largest capacity at this rate: time to full is next to 2^53 ms.
    const capacity = Math.floor((2 ** 53 - 2) / 86_400_000)
    const policies = { bucket: tokenBucket({ capacity, refill: 1, per: '1d' }) }
    expect(() => tokenBucket({ capacity: capacity + 1, refill: 1, per: '1d' })).toThrow(RangeError)
    const limiter = limit(client, policies)
    const key = newKey()
    expect(await limiter.consume(key, { cost: capacity })).toMatchObject({ allowed: true, remaining: 0 })
    expect(await limiter.consume(key)).toMatchObject({ allowed: false, remaining: 0 })
  })

  it.each(clients)('survive a change to a rate at which they take longest: over %s', async (client) => {
    const key = newKey()
    const fast = { bucket: tokenBucket({ capacity: 2 ** 50, refill: 2 ** 50, per: '1ms' }) }
    const slow = { bucket: tokenBucket({ capacity: 1, refill: 1, per: '1d' }) }
    // A clock that stands still, or the fast one would be full at once.
    const clock = (): number => 1_800_000_000_000
    await limit(client, fast, { clock }).consume(key, { cost: 2 ** 50 })
    const limiter = limit(client, slow, { clock })
    expect(await limiter.consume(key)).toMatchObject({ allowed: false, remaining: 0 })
    expect(await limiter.refund(key)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await limiter.consume(key)).toMatchObject({ allowed: false, remaining: 0 })
  })
})

describe('keys', () => {
  const odd = ['', '%', '{', '}', '{}', '}x', '%7D', '\0', '\r\n', '\ud800', '\udc00', '%uD800', '�', '__proto__', '🚀']

  it.each(clients)('are data: each counts for itself alone: over %s', async (client) => {
    const limiter = createLimiter({
      name: 'odd',
      policy: policyOf('fixed window'),
      store: storeOf(client, { prefix: `${prefix}-${client}` }),
    })
    const twice = [...odd, ...odd].map((key) => ({ key }))
    const decisions = await limiter.consumeMany(twice)
    expect(decisions.map(({ remaining }) => remaining)).toEqual([...odd.map(() => 2), ...odd.map(() => 1)])
    const stored = await redis.keys(`${prefix}-${client}:*`)
    const expected = odd.map((key) => storedKey(`${prefix}-${client}`, key, 'odd', 'default', 'fw1'))
    expect(new Set(stored)).toEqual(new Set(expected))
  })

  it.each(clients)('have at most 65,536 code units: over %s', async (client) => {
    const limiter = limit(client, { policy: policyOf('token bucket') })
    const error = new RangeError('Expected the key to have at most 65536 code units, got 65537')
    await expect(limiter.consume('}'.repeat(65_537))).rejects.toThrow(error)
    expect((await limiter.consume('}'.repeat(65_536))).remaining).toBe(2)
    // Stored by its hash, and reset by the key itself.
    await limiter.reset('}'.repeat(65_536))
    expect((await limiter.consume('}'.repeat(65_536))).remaining).toBe(2)
    await limiter.reset('}'.repeat(65_536))
  })
})

describe('a long log', () => {
  it.each(clients)('is kept compact, and read as in memory: over %s', async (client) => {
    let now = 1_800_000_000_000
    const clock = (): number => now
    const policy = slidingLog({ limit: 20, window: '40ms' })
    const inRedis = limit(client, { policy }, { clock })
    const inMemory = createLimiter({ name: 'test', policies: { policy }, store: memoryStore({ clock }) })
    const key = newKey()
    for (let i = 0; i < 300; i += 1) {
      now += (i * 7) % 4
      const verb = i % 11 === 10 ? 'refund' : 'consume'
      const cost = 1 + (i % 3)
      expect(await inRedis[verb](key, { cost })).toEqual(inMemory[`${verb}Sync`](key, { cost }))
    }
    expect(await redis.strlen(under(key, 'policy', policy))).toBeLessThanOrEqual(64 + 16 * (2 * 20 + 65))
  })
})

describe('many policies', () => {
  it.each(clients)('decide as in memory: over %s', async (client) => {
    let now = 1_800_000_000_000
    const clock = (): number => now
    const policies = Object.fromEntries(
      Array.from({ length: 15 }, (_, i) => [
        `policy-${i}`,
        [
          tokenBucket({ capacity: 4 + i, refill: 1, per: '1s' }),
          fixedWindow({ limit: 6 + i, window: '3s' }),
          slidingLog({ limit: 5 + i, window: '2s' }),
        ][i % 3] as Policy,
      ]),
    )
    const inRedis = limit(client, policies, { clock })
    const inMemory = createLimiter({ name: 'test', policies, store: memoryStore({ clock }) })
    const key = newKey()
    for (let i = 0; i < 30; i += 1) {
      now += 170
      const cost = 1 + (i % 3)
      expect(await inRedis.consume(key, { cost })).toEqual(inMemory.consumeSync(key, { cost }))
      const requests = [{ key }, { key }, { key: `${key}-other`, cost }, { key, cost }]
      const expected = requests.map(({ key, ...options }) => inMemory.consumeSync(key, options))
      expect(await inRedis.consumeMany(requests)).toEqual(expected)
    }
  })
})

describe('a large batch', () => {
  /** A connection whose replies wait until they are let go. */
  function setUp() {
    const sent: (readonly string[])[] = []
    let goOn = (): void => {}
    let held: Promise<void> | undefined
    const connection: Connection = {
      async evalsha(sha, keys, args) {
        sent.push(keys)
        await held
        return redis.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    }
    const hold = (): void => {
      sent.length = 0
      held = new Promise((resolve) => {
        goOn = resolve
      })
    }
    return { sent, hold, goOn: () => goOn(), store: scriptStore(connection, { prefix }) }
  }

  it.each([2, 128, 129, 200, 255, 256, 257, 385, 1000])(
    'of %i is one round trip, whatever else is in flight',
    async (size) => {
      const { sent, hold, goOn, store } = setUp()
      const policy = policyOf('token bucket')
      const limiter = createLimiter({ name: 'test', policy, store, failure: 'throw', deadline: '1h' })
      await limiter.consume(newKey())
      hold()
      const others = Array.from({ length: 40 }, () => limiter.consume(newKey()))
      const keys = Array.from({ length: size }, newKey)
      const decisions = limiter.consumeMany(keys.map((key) => ({ key })))
      await Promise.resolve()
      const asked = new Set(sent.flat())
      if (size > 128) expect(keys.filter((key) => !asked.has(under(key, 'default', policy)))).toEqual([])
      goOn()
      expect((await decisions).map(({ remaining }) => remaining)).toEqual(keys.map(() => 2))
      expect(await Promise.all(others)).toHaveLength(40)

      // Alone, it is never more than one round trip.
      hold()
      const again = limiter.consumeMany(keys.map((key) => ({ key })))
      const scripts = sent.length
      expect(sent.flat()).toHaveLength(size)
      goOn()
      await again
      expect(sent).toHaveLength(scripts)
    },
  )

  it.each(
    Object.entries({
      'one bucket': [tokenBucket({ capacity: 100, refill: 1, per: '1h' })],
      'sixteen buckets': Array.from({ length: 16 }, () => tokenBucket({ capacity: 100, refill: 1, per: '1h' })),
      'sixteen logs': Array.from({ length: 16 }, () => slidingLog({ limit: 10_000, window: '1h' })),
    }),
  )('has at most 3,000 keys and arguments, and the work of 512 buckets, in a script: %s', async (_, tuple) => {
    const { sent, hold, goOn, store } = setUp()
    const policies = Object.fromEntries(tuple.map((policy, i) => [`policy-${i}`, policy]))
    const limiter = createLimiter({ name: 'test', policies, store, failure: 'throw', deadline: '1h' })
    const work = (mode: Mode): number => tuple.reduce((sum, policy) => sum + (policy.weigh?.(mode) ?? 1), 0)
    await limiter.consume(newKey())
    hold()
    const calls: Promise<unknown>[] = [limiter.consumeMany(Array.from({ length: 300 }, () => ({ key: newKey() })))]
    for (const keys of sent) {
      expect(keys.length).toBeLessThan(3000)
      if (keys.length > tuple.length) expect((keys.length / tuple.length) * work('consume')).toBeLessThanOrEqual(512)
    }
    const before = sent.length
    for (let i = 0; i < 300; i += 1) calls.push(limiter.refund(newKey()))
    await Promise.resolve()
    goOn()
    await Promise.all(calls)
    const refunds = sent.slice(before).map((keys) => keys.length / (tuple.length + 1))
    expect(refunds.reduce((sum, size) => sum + size, 0)).toBe(300)
    for (const size of refunds) if (size > 1) expect(size * work('refund')).toBeLessThanOrEqual(512)
  })
})

describe('over a Cluster', () => {
  /** The connection of a Cluster, to a server that is none; says which keys each script was given. */
  function setUp(fails: (keys: readonly string[]) => boolean = () => false) {
    const sent: (readonly string[])[] = []
    const connection: Connection = {
      cluster: { serverOf: () => 'one' },
      async evalsha(sha, keys, args) {
        sent.push(keys)
        if (fails(keys)) throw new Error('CLUSTERDOWN')
        return redis.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    }
    const policy = policyOf('fixed window')
    const limiter = createLimiter({
      name: 'test',
      policy,
      store: scriptStore(connection, { prefix }),
      failure: 'throw',
      deadline: '1h',
    })
    return { sent, limiter, stored: (key: string) => under(key, 'default', policy) }
  }

  it('a batch is one script for each slot, and its decisions are in the order of the requests', async () => {
    const { sent, limiter, stored } = setUp()
    const [ann, bob] = [newKey(), newKey()]
    const decisions = await limiter.consumeMany([
      { key: ann },
      { key: bob, cost: 2 },
      { key: ann },
      { key: bob, cost: 2 },
    ])
    expect(decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 1],
      [false, 1],
    ])
    // The first reads the server's clock.
    expect(sent).toEqual([[stored(ann)], [stored(ann)], [stored(bob)]])
  })

  it('a slot that fails fails its own decisions alone', async () => {
    const [ann, bob] = [newKey(), newKey()]
    const { limiter } = setUp(([key]) => key?.includes(bob) === true)
    const failure = await limiter
      .consumeMany([{ key: ann }, { key: bob }, { key: ann }])
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BatchError)
    expect((failure as BatchError).outcomes).toMatchObject([
      { allowed: true, remaining: 2 },
      { message: 'CLUSTERDOWN' },
      { allowed: true, remaining: 1 },
    ])
  })
})

describe('a node of a Cluster that does not answer', () => {
  it('is left alone by itself: what others hold is decided by the store', async () => {
    const held = new Map<number, string>()
    const connection: Connection = {
      cluster: { serverOf: (slot) => held.get(slot) },
      async evalsha(sha, keys, args) {
        if (keys[0]?.includes('ann')) throw new Error('connect ECONNREFUSED')
        return redis.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    }
    const [ann, bob] = [`ann-${newKey()}`, `bob-${newKey()}`]
    const policy = policyOf('fixed window')
    held.set(calculateSlot(under(ann, 'default', policy)), 'one')
    held.set(calculateSlot(under(bob, 'default', policy)), 'other')
    const events: LimiterEvent[] = []
    const store = scriptStore(connection, { prefix })
    const limiter = createLimiter({ name: 'test', policy, store, onEvent: (event) => events.push(event) })
    for (let i = 0; i < 8; i += 1) expect((await limiter.consume(ann)).source).toBe('local')
    expect(events).toContainEqual({ type: 'store:down', limiter: 'test', code: 'Error' })
    expect((await limiter.consume(bob)).source).toBe('store')
    expect(events.map(({ type }) => type)).not.toContain('store:up')
  })
})

describe('while a slot moves', () => {
  it('what was not executed is tried again', async () => {
    let tries = 0
    const connection: Connection = {
      evalsha: () => Promise.reject(new Error('TRYAGAIN Multiple keys request during rehashing of slot')),
      eval: (source, keys, args) => {
        tries += 1
        if (tries < 3) return Promise.reject(new Error('TRYAGAIN Multiple keys request during rehashing of slot'))
        return redis.eval(source, keys.length, ...keys, ...args)
      },
    }
    const policy = policyOf('token bucket')
    const store = scriptStore(connection, { prefix, clock: () => 1000 })
    const limiter = createLimiter({ name: 'test', policy, store, failure: 'throw', deadline: '1h' })
    expect(await limiter.consume(newKey())).toMatchObject({ allowed: true, remaining: 2 })
    expect(tries).toBe(3)
  })
})

describe('a client that sends again what lost its reply', () => {
  const twice: Connection = {
    evalsha: async (sha, keys, args) => {
      await redis.evalsha(sha, keys.length, ...keys, ...args)
      return redis.evalsha(sha, keys.length, ...keys, ...args)
    },
    eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
  }

  it.each(names)('gives a refund once, from a %s', async (algorithm) => {
    const policies = { first: policyOf(algorithm), second: policyOf(algorithm) }
    const key = newKey()
    await limit('ioredis', policies).consume(key, { cost: 3 })
    const store = scriptStore(twice, { prefix })
    const limiter = createLimiter({ name: 'test', policies, store, failure: 'throw', deadline: '1m' })
    expect(await limiter.refund(key)).toMatchObject({ remaining: 1, policies: { second: { remaining: 1 } } })
    expect((await limiter.refund(key)).remaining).toBe(2)

    expect(await redis.zcard(`${under(key, 'first', policyOf(algorithm))}:refunds`)).toBe(2)
  })

  const receiptsOf = (key: string, policy: Policy): string => `${under(key, 'policy', policy)}:refunds`

  it.each(names)('leaves a receipt that a full server forgets no sooner than the state: of a %s', async (algorithm) => {
    const policy = policyOf(algorithm)
    const limiter = limit('ioredis', { policy })
    const [some, all] = [newKey(), newKey()]
    for (const key of [some, all]) await limiter.consume(key, { cost: 3 })
    const longest = Number(await redis.call('PEXPIRETIME', under(all, 'policy', policy)))
    await limiter.refund(some)
    await limiter.refund(all, { cost: 3 })
    const expiryOf = async (stored: string): Promise<number> => Number(await redis.call('PEXPIRETIME', stored))
    const expiry = await expiryOf(receiptsOf(some, policy))
    expect(expiry).toBeGreaterThanOrEqual(await expiryOf(under(some, 'policy', policy)))
    // What is kept longest, a bucket, lives for twice the three hours in which it is forgiven.
    expect(expiry).toBeLessThanOrEqual((await serverNow()) + 6 * 3_600_000)
    // Given back in full, the state is gone, or stays until it expires; its receipt stays for as long.
    expect(await redis.exists(under(all, 'policy', policy))).toBe(policy.counts ? 1 : 0)
    expect(await expiryOf(receiptsOf(all, policy))).toBeGreaterThanOrEqual(longest)
  })

  it('keeps a receipt for no longer than its refund may be sent again, once another comes', async () => {
    const policy = policyOf('fixed window')
    const limiter = createLimiter({
      name: 'test',
      policies: { policy },
      store: scriptStore(twice, { prefix }),
      failure: 'throw',
      deadline: '1m',
    })
    const key = newKey()
    await limiter.consume(key, { cost: 3 })
    const now = await serverNow()
    await redis.zadd(receiptsOf(key, policy), now - 1, 'void', now + 60_000, 'valid')
    await limiter.refund(key)
    expect(await redis.zcard(receiptsOf(key, policy))).toBe(2)
    expect(await redis.zscore(receiptsOf(key, policy), 'void')).toBeNull()
  })

  it('keeps a receipt for an hour where the clock is injected', async () => {
    const policy = policyOf('fixed window')
    const limiter = limit('ioredis', { policy }, { clock: () => 1_800_000_000_000 })
    const key = newKey()
    await limiter.consume(key, { cost: 3 })
    await limiter.refund(key)
    const left = await redis.pttl(receiptsOf(key, policy))
    expect(left).toBeGreaterThan(3_500_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
  })

  it('gives all refunds of a script that was sent once, those of one key too', async () => {
    const policies = { policy: policyOf('fixed window') }
    const key = newKey()
    await limit('ioredis', policies).consume(key, { cost: 3 })
    const gate = storeOf('ioredis').bind({ name: 'test', policies })
    const refund = { key, mode: 'refund', costs: [1] } as const
    const used = (await gate.apply([refund, { ...refund, key: newKey() }, refund])).map((found) =>
      found instanceof Error ? found : found.views[0]?.used,
    )
    expect(used).toEqual([2, 0, 1])
  })

  it('gives all refunds of a script that was sent once, those that have one key in common too', async () => {
    const policies = { ip: policyOf('fixed window'), user: policyOf('token bucket') }
    const gate = storeOf('ioredis').bind({ name: 'test', policies, slot: 'limiter' })
    const [ip, ann, bob] = [newKey(), newKey(), newKey()]
    const requests = [ann, bob].map((user) => ({ key: [ip, user], mode: 'consume', costs: [1, 1] }) as const)
    await gate.apply(requests)
    const refunds = [...requests, requests[0]].map((request) => ({ ...request, mode: 'refund' }) as Ask)
    const used = (await gate.apply(refunds)).map((found) =>
      found instanceof Error ? found : found.views.map((view) => view.used > 0),
    )
    expect(used).toEqual([
      [true, false],
      [false, false],
      [false, false],
    ])
  })

  it('leaves a receipt that another refund does not shorten', async () => {
    const policy = tokenBucket({ capacity: 1000, refill: 1000, per: '1m' })
    const key = newKey()
    const within = (deadline: '1h' | '1s'): Limiter =>
      createLimiter({ name: 'test', policies: { policy }, store: storeOf('ioredis'), failure: 'throw', deadline })
    await within('1h').consume(key, { cost: 1000 })
    await within('1h').refund(key)
    await within('1s').refund(key)
    expect(await redis.zcard(receiptsOf(key, policy))).toBe(2)
    expect(await redis.pttl(receiptsOf(key, policy))).toBeGreaterThan(3_500_000)
  })

  it('gives nothing while the receipts are of another type', async () => {
    const policy = policyOf('fixed window')
    const limiter = limit('ioredis', { policy })
    const key = newKey()
    await limiter.consume(key, { cost: 3 })
    await redis.set(receiptsOf(key, policy), 'junk')
    expect((await limiter.refund(key)).remaining).toBe(0)
    await redis.del(receiptsOf(key, policy))
    expect((await limiter.refund(key)).remaining).toBe(1)
  })
})

describe('a server whose clock was set back', () => {
  it.each(['consume', 'peek', 'refund'] as const)(
    'does not execute a %s that seems to come before it was made; it is sent once more',
    async (verb) => {
      let replies = 0
      const connection: Connection = {
        async evalsha(sha, keys, args) {
          const reply = (await redis.evalsha(sha, keys.length, ...keys, ...args)) as string[]
          replies += 1
          // What its clock is asked for first is told an hour later than it will be from then on.
          return replies === 1 ? [`${Number(reply[0]) + 3600}`, ...reply.slice(1)] : reply
        },
        eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      }
      const policy = policyOf('fixed window')
      const store = storeOf('ioredis')
      const key = newKey()
      const honest = createLimiter({ name: 'test', policy, store, failure: 'throw', deadline: '2s' })
      await honest.consume(key)
      await honest.refund('so that the script is known')
      const limiter = createLimiter({
        name: 'test',
        policy,
        store: scriptStore(connection, { prefix }),
        failure: 'throw',
        deadline: '2s',
      })
      const { remaining } = await limiter[verb](key)
      expect(remaining).toBe({ consume: 1, peek: 2, refund: 3 }[verb])
      expect(replies).toBe(3)
      await limiter[verb](key)
      expect(replies).toBe(4)
    },
  )
})

describe('an AbortSignal', () => {
  /** A store whose server answers what it is asked first, and then hangs until it is let go on. */
  function setUp(options?: ScriptStoreOptions) {
    let goOn = (): void => {}
    const hung = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let isHanging = false
    const connection: Connection = {
      evalsha: async (sha, keys, args) => {
        if (isHanging) await hung
        return redis.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    }
    const store = scriptStore(connection, { prefix, ...options })
    const policy = policyOf('token bucket')
    const limiter = createLimiter({ name: 'test', policy, store, failure: 'throw', deadline: '1h' })
    const hang = (): void => {
      isHanging = true
    }
    return { limiter, hang, goOn }
  }

  it('lets its caller go with its reason, and is listened to no longer than need be', async () => {
    const { limiter, hang, goOn } = setUp()
    const controller = new AbortController()
    const key = newKey()
    expect((await limiter.consume(key, { signal: controller.signal })).allowed).toBe(true)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    hang()
    const call = limiter.consume(key, { signal: controller.signal })
    await Promise.resolve()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    goOn()
  })

  it('has one listener of a signal, however many calls share it, and all of them leave when it fires', async () => {
    const { limiter, hang, goOn } = setUp()
    const controller = new AbortController()
    await limiter.consume(newKey())
    hang()
    const calls = Array.from({ length: 50 }, () => limiter.consume(newKey(), { signal: controller.signal }))
    for (let i = 0; i < 5; i += 1) await undefined
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort(new Error('enough'))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'rejected'))
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    goOn()
  })

  it('does not make room for another decision while the command is under way', async () => {
    const { limiter, hang, goOn } = setUp({ maxPending: 2 })
    await limiter.consume(newKey())
    hang()
    const controller = new AbortController()
    const left = limiter.consume(newKey(), { signal: controller.signal })
    const stays = limiter.consume(newKey())
    controller.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    await expect(limiter.consume(newKey())).rejects.toThrow(new OverloadError(2))
    goOn()
    await stays
    expect((await limiter.consume(newKey())).allowed).toBe(true)
  })
})

describe('bad options', () => {
  it.each<[Record<string, unknown>, Error]>([
    [{ prefix: '' }, new RangeError('Expected `prefix` to be made of letters, digits, "_", "." and "-", got ""')],
    [{ prefix: 'a:b' }, new RangeError('Expected `prefix` to be made of letters, digits, "_", "." and "-", got "a:b"')],
    [{ prefix: '{a}' }, new RangeError('Expected `prefix` to be made of letters, digits, "_", "." and "-", got "{a}"')],
    [{ prefix: 5 }, new TypeError('Expected `prefix` to be a string, got 5')],
    [{ merge: 1 }, new TypeError('Expected `merge` to be true or false, got 1')],
    [{ maxPending: 0 }, new RangeError('Expected `maxPending` to be a positive integer below 2^53, got 0')],
    [{ maxPending: '5' }, new TypeError('Expected `maxPending` to be a positive integer, got "5"')],
    [{ clock: 5 }, new TypeError('Expected `clock` to be a function that returns milliseconds, got 5')],
    [{ clock: null }, new TypeError('Expected `clock` to be a function that returns milliseconds, got null')],
  ])('%o', (options, error) => {
    for (const client of clients) {
      expect(() => storeOf(client, options as ScriptStoreOptions)).toThrow(error)
    }
  })
})
