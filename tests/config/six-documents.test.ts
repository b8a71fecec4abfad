import { loadSluice, type SluiceDocument, type SluiceEvent } from '@sluice/config'
import type { Decision } from '@sluice/core'
import { recommendedOptions as forIoredis } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../tooling/redis.ts'
import { startRedisCluster } from '../../tooling/redis-cluster.ts'
import { startServer } from '../faults/server.ts'

const cluster = await startRedisCluster()
const master = await startServer()
const config = `sentinel monitor main 127.0.0.1 ${master.port} 1\n`
const sentinel = await startServer({ config, settings: ['--sentinel'] })

afterAll(async () => {
  await Promise.all([cluster.stop(), master.stop(), sentinel.stop()])
})

const limiters = {
  api: {
    policies: {
      burst: { algorithm: 'token-bucket', capacity: 4, refill: 2, per: '1s' },
      daily: { algorithm: 'fixed-window', limit: 9, window: '1m' },
    },
    overrides: [
      { match: { tenant: 'acme' }, policies: { daily: { limit: 100 } } },
      { match: { tenant: 'acme', route: '/export' }, policies: { burst: { capacity: 2 } } },
    ],
    deadline: '10s',
    failure: 'throw',
  },
  login: { policy: { algorithm: 'sliding-log', limit: 3, window: '1m' }, deadline: '10s', failure: 'throw' },
  mail: { policy: { algorithm: 'leaky-bucket', capacity: 3, leak: 1, per: '1s' }, deadline: '10s', failure: 'throw' },
} as const

const prefix = `six-${process.pid}`
const documents = {
  memory: { store: { driver: 'memory' }, limiters },
  compact: { store: { driver: 'compact', maxKeys: 1000 }, limiters },
  ioredis: { store: { driver: 'ioredis', url: `\${REDIS_URL}`, prefix }, limiters },
  redis: { store: { driver: 'redis', url: `\${REDIS_URL}`, prefix: `${prefix}-2` }, limiters },
  'Cluster over ioredis': { store: { driver: 'ioredis', cluster: { nodes: [`\${NODE}`] }, prefix }, limiters },
  'Cluster over redis': {
    store: { driver: 'redis', cluster: { nodes: [`\${NODE}`] }, prefix: `${prefix}-2` },
    limiters,
  },
  'Sentinel over ioredis': {
    store: { driver: 'ioredis', sentinel: { name: 'main', nodes: [`\${SENTINEL}`] }, prefix },
    limiters,
  },
  'Sentinel over redis': {
    store: { driver: 'redis', sentinel: { name: 'main', nodes: [`\${SENTINEL}`] }, prefix: `${prefix}-2` },
    limiters,
  },
} satisfies Readonly<Record<string, SluiceDocument>>

const env = { REDIS_URL: inject('redisUrl'), NODE: cluster.urls[0], SENTINEL: `127.0.0.1:${sentinel.port}` }

/** The program: the same for all documents. */
async function play(document: SluiceDocument): Promise<readonly Decision[]> {
  let now = 1_700_000_000_000
  const events: SluiceEvent[] = []
  const sluice = await loadSluice(document, { env, clock: () => now, onEvent: (event) => events.push(event) })
  const { api, login, mail } = sluice.limiters
  if (api === undefined || login === undefined || mail === undefined) throw new Error('Expected three limiters')
  const decisions: Decision[] = []
  for (let round = 0; round < 20; round += 1) {
    const key = `user:${round % 3}`
    now += (round * 379) % 1500
    decisions.push(await api.consume(key, { cost: round % 4 }))
    decisions.push(await api.for({ tenant: 'acme', route: round % 2 === 0 ? '/export' : '/' }).consume(key))
    decisions.push(...(await login.consumeMany([{ key }, { key: `${key}'` }])))
    decisions.push(await mail.consume(key), await mail.peek(key), await api.refund(key, { cost: 1 }))
  }
  for (const limiter of [api, login, mail]) {
    for (const user of [0, 1, 2]) await limiter.reset(`user:${user}`)
    for (const user of [0, 1, 2]) await limiter.reset(`user:${user}'`)
  }
  await sluice.close()
  expect(events).toEqual([])
  return decisions
}

describe('one program', () => {
  it.each(Object.keys(documents).slice(1))('decides by the document for %s as by that for memory', async (name) => {
    const expected = await play(documents.memory)
    expect(expected.some(({ allowed }) => !allowed)).toBe(true)
    expect(await play(documents[name as keyof typeof documents])).toEqual(expected)
  })
})

const drivers = ['ioredis', 'redis'] as const

describe.each(drivers)('the client that is made for %s', (driver) => {
  const documentAt = (store: object): SluiceDocument => ({
    store: { driver, prefix: `client-${process.pid}`, ...store },
    limiters: { api: { policy: { algorithm: 'fixed-window', limit: 9, window: '1h' } } },
  })

  /** Loads, and collects the codes of the client's errors. */
  async function load(store: object) {
    const codes: string[] = []
    const onEvent = (event: SluiceEvent): void => {
      if (event.type === 'client:error') codes.push(event.code)
    }
    const sluice = await loadSluice(documentAt(store), { onEvent, env })
    return { codes, sluice, consume: async () => sluice.limiters.api?.consume('ann') }
  }

  it('is told of a wrong password, of which nothing says more than a code', async () => {
    const server = await startServer({ settings: ['--requirepass', 'right'] })
    for (const store of [
      { url: `redis://:hunter2@127.0.0.1:${server.port}` },
      { url: server.url, password: 'hunter2' },
    ]) {
      const { codes, sluice, consume } = await load(store)
      expect(codes[0]).toMatch(/^(WRONGPASS|NOAUTH)$/)
      const decision = await consume()
      expect(decision?.source).toBe('local')
      await sluice.close()
    }
    const { codes, sluice, consume } = await load({ url: server.url, password: 'right' })
    expect((await consume())?.source).toBe('store')
    expect(codes).toEqual([])
    await sluice.limiters.api?.reset('ann')
    await sluice.close()
    await server.stop()
  })

  it('goes on trying when nobody is there at first', async () => {
    const port = await freePort()
    for (const store of [
      { url: `redis://127.0.0.1:${port}` },
      { cluster: { nodes: [`127.0.0.1:${port}`] } },
      { sentinel: { name: 'main', nodes: [`127.0.0.1:${port}`] } },
    ]) {
      const { sluice, consume } = await load(store)
      expect((await consume())?.source, JSON.stringify(store)).toBe('local')
      await sluice.close()
    }
  })
})

it.each([
  ['ioredis', async () => new Redis(env.REDIS_URL, forIoredis)],
  ['redis', async () => createClient({ ...forRedis, socket: { ...forRedis.socket }, url: env.REDIS_URL }).connect()],
] as const)("the application's own client for %s is used, and stays open", async (driver, connect) => {
  const client = await connect()
  client.on('error', () => {})
  const limiter = { policy: { algorithm: 'fixed-window', limit: 9, window: '1h' } }
  const own = { driver, prefix: `own-${process.pid}` }
  const sluice = await loadSluice({ store: own, limiters: { api: limiter } }, { client })
  expect((await sluice.limiters.api.consume('ann')).source).toBe('store')
  await sluice.limiters.api.reset('ann')
  await sluice.close()
  expect(sluice.client).toBe(client)
  expect(await (client as { ping(): Promise<string> }).ping()).toBe('PONG')
  client.disconnect()

  await expect(loadSluice({ store: own, limiters: { api: limiter } })).rejects.toThrow(
    '`store`: Expected one of `url`, `cluster` and `sentinel`, or a client of the application, got none',
  )
})
