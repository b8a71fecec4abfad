import { randomBytes } from 'node:crypto'
import { createLimiter, type Limiter, type Store } from '@sluice/core'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis'
import {
  createClient as createClient5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis5'
import { afterAll, describe, expect, inject, it, vi } from 'vitest'
import { recommendedOptions } from './recommended-options.ts'
import type { RedisClient, ScriptRunner } from './redis-client.ts'
import { type RedisStoreOptions, redisStore } from './redis-store.ts'

const url = inject('redisUrl')
const prefix = `redis-store-${randomBytes(4).toString('hex')}`
const policies = {
  burst: tokenBucket({ capacity: 5, refill: 1, per: '1h' }),
  log: slidingLog({ limit: 4, window: '1h' }),
}

const redis = createClient({ url })
const clients = {
  'redis 6': redis,
  'redis 5': createClient5({ url }),
  'redis 6, with RESP 2': createClient({ url, RESP: 2 }),
  'redis 6, with RESP 3': createClient({ url, RESP: 3 }),
  'redis 6, a pool': createClientPool({ url }),
}
await Promise.all(Object.values(clients).map((client) => client.connect()))

function limit(store: Store, name: string): Limiter {
  return createLimiter({ name, policies, store, failure: 'throw', deadline: '1h' })
}

/** Nothing listens on port 1. */
const nowhere = { socket: { host: '127.0.0.1', port: 1 } }
const sentinel = { name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await Promise.all(Object.values(clients).map((client) => client.close()))
})

describe.each(Object.entries(clients))('%s', (version, client) => {
  it('decides', async () => {
    const limiter = limit(redisStore({ client, prefix }), version.replace(/\W+/g, '-'))
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
  const keeps =
    'without disableOfflineQueue or commandsQueueMaxLength it keeps any number of commands while it is offline'
  const silent =
    'without pingInterval and socket.socketTimeout it may wait for minutes on a connection that has gone silent'
  const { connectTimeout, socketTimeout } = recommendedOptions.socket
  const timeouts = { connectTimeout, socketTimeout }
  it.each<[string, RedisClient, string | undefined]>([
    ['the defaults', createClient({ url }), `${keeps}, and ${silent}`],
    ['those recommended', createClient({ url, ...recommendedOptions }), undefined],
    ['a bounded queue', createClient({ url, ...recommendedOptions, disableOfflineQueue: false }), undefined],
    [
      'timeouts alone',
      createClient({ url, ...recommendedOptions, socket: timeouts }),
      'with socket.socketTimeout and no socket.reconnectStrategy it closes for good when its connection has gone silent, or idle',
    ],
    [
      'no way back',
      createClient({ url, ...recommendedOptions, socket: { ...timeouts, reconnectStrategy: false } }),
      'with socket.reconnectStrategy: false it closes for good when its connection is lost',
    ],
    ['a Cluster does not show them', createCluster({ rootNodes: [{ url }] }), undefined],
  ])('are looked at: %s', (_, client, danger) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    redisStore({ client })
    const message = `The redis client: ${danger}; see recommendedOptions of @sluice/store-redis`
    const options = { type: 'SluiceWarning', code: 'SLUICE_CLIENT_OPTIONS' }
    expect(warning.mock.calls).toEqual(danger === undefined ? [] : [[message, options]])
    warning.mockRestore()
  })
})

describe('the recommended options', () => {
  it.each([
    ['redis 6', createClient],
    ['redis 5', createClient5 as unknown as typeof createClient],
  ])('are the same for each client of %s, which writes its address into what it is given', (_, create) => {
    const one = create({ url: 'redis://one:1001', ...recommendedOptions })
    const two = create({ url: 'rediss://ann:secret@two', ...recommendedOptions })
    expect(one.options?.socket).toMatchObject({ host: 'one', port: 1001, tls: false, connectTimeout: 2000 })
    expect(two.options?.socket).toMatchObject({ host: 'two', tls: true, connectTimeout: 2000 })
    expect(two.options?.socket).not.toHaveProperty('port')
    expect(Object.keys(recommendedOptions.socket)).toEqual(['connectTimeout', 'socketTimeout', 'reconnectStrategy'])
  })

  it('may be given as they are, and are nobody else’s to change', async () => {
    const client = createClient(recommendedOptions)
    expect(client.options).toMatchObject({ disableOfflineQueue: true, socket: { socketTimeout: 2000 } })
    expect(() => Object.assign(recommendedOptions, { url })).toThrow(TypeError)
    const cluster = createCluster({ rootNodes: [nowhere], defaults: recommendedOptions })
    createSentinel({ ...sentinel, nodeClientOptions: recommendedOptions })
    await expect(cluster.connect()).rejects.toThrow()
    expect(Object.keys(recommendedOptions.socket)).toEqual(['connectTimeout', 'socketTimeout', 'reconnectStrategy'])
  })
})

describe('the client', () => {
  const message = 'Expected the redis client to be connected: `await client.connect()` first'
  const error = Object.assign(new Error(message), { code: 'NOT_CONNECTED' })
  const unconnected = {
    'a client': createClient(nowhere),
    'a client of redis 5': createClient5(nowhere),
    'a cluster': createCluster({ rootNodes: [nowhere] }),
    'a cluster of redis 5': createCluster5({ rootNodes: [nowhere] }),
    'a sentinel': createSentinel(sentinel),
    'a sentinel of redis 5': createSentinel5(sentinel),
  }

  it.each(Object.entries(unconnected))('may be %s, but must be connected before it is asked', async (_, client) => {
    const limiter = limit(redisStore({ client, prefix }), 'unconnected')
    await expect(limiter.consume('ann')).rejects.toThrow(error)
  })

  it('makes no timeout of its own for a decision, which has a deadline', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    await limit(redisStore({ client: redis, prefix }), 'timeouts').consume('ann')
    expect(timeout).not.toHaveBeenCalled()
    await redis.get('something')
    expect(timeout).toHaveBeenCalledOnce()
    timeout.mockRestore()
  })

  it.each([1, 5])(
    'of Sentinels sends nothing again, though its connection was lost before the reply came: it reads options %i times',
    async (times) => {
      let [isLost, sent] = [false, 0]
      // As the client of Sentinels does it: once more, with the options as they are by then.
      const again = async (send: () => Promise<unknown>): Promise<unknown> => {
        sent += 1
        const reply = await send()
        return isLost ? send() : reply
      }
      type Options = Parameters<typeof redis.withCommandOptions>[0]
      const read = (options: Options): typeof redis => {
        let copy = { ...options }
        for (let i = 1; i < times; i += 1) copy = { ...options }
        return redis.withCommandOptions(copy) as typeof redis
      }
      const client: RedisClient = Object.assign(Object.create(redis), {
        acquire: undefined,
        getMasterNode: undefined,
        withCommandOptions: (options: Options): ScriptRunner => ({
          evalSha: (sha, args) => again(() => read(options).evalSha(sha, args)),
          eval: (source, args) => again(() => read(options).eval(source, args)),
        }),
      })
      const limiter = limit(redisStore({ client, prefix }), `sentinels-${times}`)
      // From here on the server's clock and scripts are known.
      expect((await limiter.consume('ann')).policies).toMatchObject({ burst: { remaining: 4 } })
      ;[isLost, sent] = [true, 0]
      await expect(limiter.consume('ann')).rejects.toMatchObject({ code: 'MASTER_LOST' })
      isLost = false
      expect(sent).toBe(1)
      expect((await limiter.peek('ann')).policies).toMatchObject({ burst: { remaining: 3 } })
    },
  )

  it('may give out Buffers for text', async () => {
    const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }
    const client = await createClient({ url, commandOptions }).connect()
    const limiter = limit(redisStore({ client, prefix }), 'buffers')
    await limiter.consume('ann')
    // What two policies say of several keys is one text.
    const decisions = await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }])
    expect(decisions.map(({ remaining }) => remaining)).toEqual([2, 3])
    await client.close()
  })

  it.each<[string, object]>([
    ['redis', redis],
    ['ioredis', new Redis({ lazyConnect: true })],
    ['a cluster', createCluster({ rootNodes: [nowhere] })],
    ['a sentinel', createSentinel(sentinel)],
    ['a pool', createClientPool({ url })],
  ])('is not the options themselves: %s', (_, client) => {
    const message = 'Expected redisStore to be given an object of options, got a client: write redisStore({ client })'
    expect(() => redisStore(client as RedisStoreOptions)).toThrow(new TypeError(message))
  })

  it.each<[string, (client: ReturnType<typeof createClient>) => void, number]>([
    ['is warned about once, when it is first used', () => {}, 1],
    ['is not warned about where somebody listens by then', (client) => client.on('error', () => {}), 0],
  ])('whose errors nobody hears %s', async (_, listen, times) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const client = createClient({ url, ...recommendedOptions })
    await client.connect()
    const limiter = limit(redisStore({ client, prefix }), 'unheard')
    expect(warning).not.toHaveBeenCalled()
    listen(client as ReturnType<typeof createClient>)
    for (let i = 0; i < 2; i += 1) await limiter.peek('ann')
    await limit(redisStore({ client, prefix }), 'unheard-too').peek('ann')
    const codes = warning.mock.calls.map(([, options]) => (options as { code?: string }).code)
    expect(codes).toEqual(Array.from({ length: times }, () => 'SLUICE_CLIENT_UNHEARD'))
    warning.mockRestore()
    await client.close()
  })

  it('must not be closed', async () => {
    const client = createClient({ url })
    await client.connect()
    const limiter = limit(redisStore({ client, prefix }), 'closed')
    await limiter.consume('ann')
    await client.close()
    await expect(limiter.consume('ann')).rejects.toThrow(error)
    await expect(limiter.peek('ann')).rejects.toThrow(error)
    expect((await limit(redisStore({ client: redis, prefix }), 'closed').peek('ann')).remaining).toBe(3)
  })

  const ioredis = new Redis({ lazyConnect: true })
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a URL', 'redis://localhost', '"redis://localhost"'],
    ['a factory', createClient, 'a function'],
    ['a plain object', {}, 'an object without `evalSha`'],
    ['half a client', { evalSha: () => {}, isOpen: true }, 'an object without `withCommandOptions`'],
    ['the options of a client', { url: 'redis://localhost' }, 'an object without `evalSha`'],
    ['a client of ioredis', ioredis, 'a client of ioredis: use ioredisStore of @sluice/store-ioredis'],
    ['a transaction', redis.multi(), 'a transaction of one: give the client that made it'],
    ['a client that is not awaited', Promise.resolve(redis), 'a promise: await it first'],
  ])('cannot be %s', (_, client, got) => {
    const message = `Expected \`client\` to be made by createClient, createCluster or createSentinel of redis, got ${got}`
    expect(() => redisStore({ client: client as RedisClient })).toThrow(new TypeError(message))
  })
})

it('may be asked for keys of up to 65,536 code units', async () => {
  const limiter = limit(redisStore({ client: redis, prefix }), 'long')
  expect((await limiter.consume('🚀'.repeat(32_768))).remaining).toBe(3)
  await limiter.reset('🚀'.repeat(32_768))
  await expect(limiter.consume('k'.repeat(65_537))).rejects.toThrow(RangeError)
})

it('refuses options that it does not know', () => {
  const options = { client: redis, prefx: 'a' } as unknown as RedisStoreOptions
  expect(() => redisStore(options)).toThrow(
    /^Expected the options of redisStore to be among client, prefix, clock.*, got `prefx`$/,
  )
  expect(() => redisStore(undefined as unknown as RedisStoreOptions)).toThrow(
    new TypeError('Expected redisStore to be given an object of options, got undefined'),
  )
})
