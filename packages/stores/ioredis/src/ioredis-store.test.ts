import { randomBytes } from 'node:crypto'
import { createLimiter, type Limiter, type Store } from '@sluice/core'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, it, vi } from 'vitest'
import { type IoredisClient, type IoredisStoreOptions, ioredisStore } from './ioredis-store.ts'
import { recommendedClusterOptions, recommendedOptions } from './recommended-options.ts'

const url = inject('redisUrl')
const prefix = `ioredis-store-${randomBytes(4).toString('hex')}`
const policies = {
  burst: tokenBucket({ capacity: 5, refill: 1, per: '1h' }),
  log: slidingLog({ limit: 4, window: '1h' }),
}

const redis = new Redis(url)
const clients = {
  'ioredis 6': redis,
  'ioredis 5': new Redis5(url),
  'ioredis 6, connecting only when needed': new Redis(url, { lazyConnect: true }),
  'ioredis 6, with a prefix of its own': new Redis(url, { keyPrefix: `${prefix}-own:` }),
  'ioredis 6, with numbers as text': new Redis(url, { stringNumbers: true }),
}

function limit(store: Store, name: string): Limiter {
  return createLimiter({ name, policies, store, failure: 'throw', deadline: '1h' })
}

/** A client that connects nowhere: nothing listens on port 1. */
const nowhere = [{ host: '127.0.0.1', port: 1 }]

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await Promise.all(Object.values(clients).map((client) => client.quit()))
})

describe.each(Object.entries(clients))('%s', (version, client) => {
  it('decides', async () => {
    const limiter = limit(ioredisStore({ client, prefix }), version.replace(/\W+/g, '-'))
    expect(await limiter.consume('ann', { cost: 3 })).toMatchObject({
      allowed: true,
      policy: 'log',
      remaining: 1,
      policies: { burst: { remaining: 2 }, log: { remaining: 1 } },
    })
    expect(await limiter.consume('ann', { cost: 2 })).toMatchObject({ allowed: false, policy: 'log', remaining: 1 })
    expect(await limiter.consume('ann', { cost: 6 })).toMatchObject({ allowed: false, retryAfterMs: Infinity })
    expect(await limiter.refund('ann', { cost: 2 })).toMatchObject({ allowed: true, remaining: 3 })
    const many = await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }, { key: 'ann', cost: 3 }])
    expect(many.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 3],
      [false, 2],
    ])
    await limiter.reset('ann')
    expect(await limiter.peek('ann')).toMatchObject({ allowed: true, remaining: 4, resetAfterMs: 0 })
  })
})

describe('the options of the client', () => {
  const lazy = { lazyConnect: true }
  const again = 'keeps commands while it is offline and sends again'
  const twice = 'what lost its reply, so that a decision may be counted twice'
  const silent = 'without socketTimeout it may wait for minutes on a connection that has gone silent'
  it.each<[string, Redis | Redis5 | Cluster | Cluster5, string | undefined]>([
    [
      'the defaults',
      new Redis(url, lazy),
      `maxRetriesPerRequest: 20 ${again}, up to 20 times, ${twice}, and ${silent}`,
    ],
    [
      'the defaults of ioredis 5',
      new Redis5(url, lazy),
      `maxRetriesPerRequest: 20 ${again}, up to 20 times, ${twice}, and ${silent}`,
    ],
    [
      'endless retries',
      new Redis(url, { ...lazy, maxRetriesPerRequest: null, socketTimeout: 3000 }),
      `maxRetriesPerRequest: null ${again}, without end, ${twice}`,
    ],
    ['a Cluster', new Cluster(nowhere, lazy), `retryDelayOnFailover: 100 sends again ${twice}, and ${silent}`],
    ['a Cluster that sends nothing again', new Cluster(nowhere, { ...lazy, retryDelayOnFailover: 0 }), silent],
    [
      'a client that keeps nothing',
      new Redis(url, {
        ...lazy,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        socketTimeout: 3000,
      }),
      undefined,
    ],
    ['those recommended', new Redis(url, { ...lazy, ...recommendedOptions }), undefined],
    ['those recommended, ioredis 5', new Redis5(url, { ...lazy, ...recommendedOptions }), undefined],
    ['those recommended, Cluster', new Cluster(nowhere, { ...lazy, ...recommendedClusterOptions }), undefined],
    ['those recommended, Cluster 5', new Cluster5(nowhere, { ...lazy, ...recommendedClusterOptions }), undefined],
  ])('are looked at: %s', (_, client, danger) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    ioredisStore({ client })
    client.disconnect()
    const message = `The ioredis client: ${danger}; see recommendedOptions of @sluice/store-ioredis`
    const options = { type: 'SluiceWarning', code: 'SLUICE_CLIENT_OPTIONS' }
    expect(warning.mock.calls).toEqual(danger === undefined ? [] : [[message, options]])
    warning.mockRestore()
  })
})

describe('the recommended options', () => {
  it.each([
    ['ioredis 6', Redis, Cluster],
    ['ioredis 5', Redis5 as unknown as typeof Redis, Cluster5 as unknown as typeof Cluster],
  ])('are the same for each client of %s, which writes nothing into what it is given', (_, Client, Nodes) => {
    const before = [{ ...recommendedOptions }, structuredClone(recommendedClusterOptions.redisOptions)]
    const lazy = { ...recommendedOptions, lazyConnect: true }
    const one = new Client('redis://one:1001', lazy)
    const two = new Client('rediss://ann:secret@two', lazy)
    const nodes = new Nodes(nowhere, { ...recommendedClusterOptions, lazyConnect: true })
    expect(one.options).toMatchObject({ host: 'one', port: 1001 })
    expect(two.options).toMatchObject({ host: 'two', port: 6379, password: 'secret' })
    for (const client of [one, two, nodes]) client.disconnect()
    expect([recommendedOptions, recommendedClusterOptions.redisOptions]).toEqual(before)
    expect(lazy).toEqual({ ...recommendedOptions, lazyConnect: true })
  })

  it('leave a server that has become a replica: once, however many commands it refuses', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(5000)
    const [one, another] = [{ ...recommendedOptions }, { ...recommendedOptions }]
    const readonly = new Error("READONLY You can't write against a read only replica.")
    expect(one.reconnectOnError(new Error('OOM command not allowed'))).toBe(false)
    expect([one, one, another, one].map((options) => options.reconnectOnError(readonly))).toEqual([
      true,
      false,
      true,
      false,
    ])
    now.mockReturnValue(6000)
    expect(one.reconnectOnError(readonly)).toBe(true)
    now.mockRestore()
  })
})

describe('the client', () => {
  it('may be a Cluster', () => {
    for (const cluster of [new Cluster(nowhere, { lazyConnect: true }), new Cluster5(nowhere, { lazyConnect: true })]) {
      expect(() => ioredisStore({ client: cluster })).not.toThrow()
      cluster.disconnect()
    }
  })

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a URL', 'redis://localhost', '"redis://localhost"'],
    ['a class', Redis, 'a function'],
    ['a plain object', {}, 'an object without `evalsha`'],
    ['the options of a client', { host: 'localhost' }, 'an object without `evalsha`'],
    ['a client of redis', createClient(), 'a client of redis: use redisStore of @sluice/store-redis'],
    ['a pipeline', redis.pipeline(), 'a pipeline or transaction of one: give the client that made it'],
    ['a transaction', redis.multi(), 'a pipeline or transaction of one: give the client that made it'],
    [
      'a pipeline of ioredis 5',
      clients['ioredis 5'].pipeline(),
      'a pipeline or transaction of one: give the client that made it',
    ],
    ['a promise of one', Promise.resolve(redis), 'a promise: await it first'],
  ])('cannot be %s', (_, client, got) => {
    const message = `Expected \`client\` to be a Redis or Cluster of ioredis, got ${got}`
    expect(() => ioredisStore({ client: client as IoredisClient })).toThrow(new TypeError(message))
  })

  it.each<[string, object]>([
    ['ioredis', redis],
    ['redis', createClient()],
    ['a Cluster', new Cluster(nowhere, { lazyConnect: true })],
  ])('is not the options themselves: %s', (_, client) => {
    const message =
      'Expected ioredisStore to be given an object of options, got a client: write ioredisStore({ client })'
    expect(() => ioredisStore(client as IoredisStoreOptions)).toThrow(new TypeError(message))
  })

  it.each<[string, (client: Redis) => void, number]>([
    ['is warned about once, when it is first used', () => {}, 1],
    ['is not warned about where somebody listens by then', (client) => client.on('error', () => {}), 0],
  ])('whose errors nobody hears %s', async (_, listen, times) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const client = new Redis(url, recommendedOptions)
    const limiter = limit(ioredisStore({ client, prefix }), 'unheard')
    expect(warning).not.toHaveBeenCalled()
    listen(client)
    for (let i = 0; i < 2; i += 1) await limiter.peek('ann')
    await limit(ioredisStore({ client, prefix }), 'unheard-too').peek('ann')
    const codes = warning.mock.calls.map(([, options]) => (options as { code?: string }).code)
    expect(codes).toEqual(Array.from({ length: times }, () => 'SLUICE_CLIENT_UNHEARD'))
    warning.mockRestore()
    await client.quit()
  })

  it('must not have ended its connection', async () => {
    const client = new Redis(url)
    const limiter = limit(ioredisStore({ client, prefix }), 'ended')
    await limiter.consume('ann')
    const ended = new Promise((resolve) => client.once('end', resolve))
    await client.quit()
    await ended
    const message = 'Expected the ioredis client to be connected, its connection has ended'
    const error = Object.assign(new Error(message), { code: 'NOT_CONNECTED' })
    await expect(limiter.consume('ann')).rejects.toThrow(error)
    await expect(limiter.peek('ann')).rejects.toThrow(error)
    expect((await limit(ioredisStore({ client: redis, prefix }), 'ended').peek('ann')).remaining).toBe(3)
  })

  it('says by its own error what went wrong on the way', async () => {
    const client = new Redis(1, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    const limiter = limit(ioredisStore({ client, prefix }), 'nowhere')
    await expect(limiter.consume('ann')).rejects.toThrow('Connection is closed.')
    client.disconnect()
  })
})

it('may be asked for keys of up to 65,536 code units', async () => {
  const limiter = limit(ioredisStore({ client: redis, prefix }), 'long')
  expect((await limiter.consume('🚀'.repeat(32_768))).remaining).toBe(3)
  await limiter.reset('🚀'.repeat(32_768))
  await expect(limiter.consume('k'.repeat(65_537))).rejects.toThrow(RangeError)
})

it('refuses options that it does not know', () => {
  const options = { client: redis, prefx: 'a' } as unknown as IoredisStoreOptions
  expect(() => ioredisStore(options)).toThrow(
    /^Expected the options of ioredisStore to be among client, prefix, clock.*, got `prefx`$/,
  )
  expect(() => ioredisStore(undefined as unknown as IoredisStoreOptions)).toThrow(
    new TypeError('Expected ioredisStore to be given an object of options, got undefined'),
  )
})
