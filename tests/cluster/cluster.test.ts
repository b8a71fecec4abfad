import { globSync } from 'node:fs'
import { join } from 'node:path'
import { createLimiter } from '@sluice/core'
import { redisHarness } from '@sluice/redis-script/conformance'
import { ioredisStore } from '@sluice/store-ioredis'
import { redisStore } from '@sluice/store-redis'
import { type Harness, laws, type Subject } from '@sluice/testkit'
import { tokenBucket } from '@sluice/token-bucket'
import calculateSlot from 'cluster-key-slot'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, describe, expect, it } from 'vitest'
import { startRedisCluster } from '../../tooling/redis-cluster.ts'

// A real Cluster: three masters and three replicas.
const cluster = await startRedisCluster()
const masters = cluster.urls.slice(0, 3).map((url) => new Redis(url))
const ioredis = new Cluster(cluster.urls.map((url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })))
const redis = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
await redis.connect()

/** A look behind the store's back goes to every master: each script to the one that holds its keys. */
async function onAllMasters(name: string, ...args: readonly string[]): Promise<unknown> {
  switch (name) {
    case 'SCAN': {
      const found = await Promise.all(masters.map((master) => master.keys(args[2] as string)))
      return ['0', found.flat()]
    }
    case 'EVAL': {
      const keys = args.slice(2)
      const each = keys.map((key) => ioredis.eval(args[0] as string, 1, key) as Promise<unknown[]>)
      return (await Promise.all(each)).flat()
    }
    case 'DEL':
      return Promise.all(args.map((key) => ioredis.del(key)))
    default:
      return (masters[0] as Redis).call(name, ...args)
  }
}

const harnesses: Harness[] = [
  redisHarness({
    name: 'an ioredis Cluster',
    store: (options) => ioredisStore({ client: ioredis, ...options }),
    command: onAllMasters,
    close: async () => {},
  }),
  redisHarness({
    name: 'a node-redis cluster',
    store: (options) => redisStore({ client: redis, ...options }),
    command: onAllMasters,
    close: async () => {},
  }),
]

const root = join(import.meta.dirname, '..', '..')
const files = globSync('packages/algorithms/*/src/conformance.ts', { cwd: root }).sort()
const subjects = await Promise.all(files.map(async (file) => (await import(join(root, file))) as { subject: Subject }))

describe.each(harnesses)('the laws on $name', (harness) => {
  for (const { subject } of subjects) {
    for (const law of laws) {
      it(`${subject.name}, law ${law.number}: ${law.title}`, async () => {
        await law.check({ subject, harness }, { numRuns: law.number === 13 ? 10 : 4, seed: 20_261_123 })
      })
    }
  }
})

describe.each([
  ['ioredis', () => ioredisStore({ client: ioredis, prefix: 'spread-ioredis' })],
  ['redis', () => redisStore({ client: redis, prefix: 'spread-redis' })],
] as const)('on a Cluster, %s', (_, open) => {
  it('decides for keys of many slots in one call, and answers in order', async () => {
    const limiter = createLimiter({
      name: 'spread',
      policies: {
        a: tokenBucket({ capacity: 2, refill: 1, per: '30d' }),
        b: tokenBucket({ capacity: 9, refill: 1, per: '30d' }),
      },
      store: open(),
      failure: 'throw',
      deadline: '1h',
    })
    const keys = Array.from({ length: 200 }, (_, i) => ['', '}', `{${i}`, `user:${i}`][i % 4] as string)
    const decisions = await limiter.consumeMany(keys.map((key) => ({ key })))
    const seen = new Map<string, number>()
    for (const [i, key] of keys.entries()) {
      const before = seen.get(key) ?? 0
      expect(decisions[i]?.allowed, `${JSON.stringify(key)}, asked ${before} times before`).toBe(before < 2)
      seen.set(key, before + 1)
    }
    await Promise.all([...seen.keys()].map((key) => limiter.reset(key)))
  })

  it('loses nothing and admits nothing twice while a slot moves', async () => {
    const capacity = 200
    const limiter = createLimiter({
      name: 'moving',
      policy: tokenBucket({ capacity, refill: 1, per: '30d' }),
      store: open(),
      failure: 'throw',
      deadline: '1h',
    })
    const slot = calculateSlot('hot')
    await limiter.consume('hot')
    let moved = false
    let [asked, admitted] = [1, 1]
    const hammer = async (): Promise<void> => {
      while (!moved || asked < 2 * capacity) {
        asked += 1
        if ((await limiter.consume('hot')).allowed) admitted += 1
      }
    }
    await Promise.all([
      ...Array.from({ length: 16 }, hammer),
      moveSlot(slot).then(() => {
        moved = true
      }),
    ])
    expect(admitted).toBe(capacity)
    await limiter.reset('hot')
  })
})

/** Moves a slot from its master to the next, key by key, while it is being used. */
async function moveSlot(slot: number): Promise<void> {
  const ids = (await Promise.all(masters.map((master) => master.call('CLUSTER', 'MYID')))) as string[]
  const shards = (await (masters[0] as Redis).call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][]
  const owner = shards.find(([from, to]) => from <= slot && slot <= to)?.[2][2] as string
  const from = ids.indexOf(owner)
  const to = (from + 1) % masters.length
  const [source, target] = [masters[from] as Redis, masters[to] as Redis]
  await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner)
  await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to] as string)
  const { hostname, port } = new URL(cluster.urls[to] as string)
  for (;;) {
    const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[]
    if (keys.length === 0) break
    for (const key of keys) await source.call('MIGRATE', hostname, port, key, 0, 5000)
  }
  for (const master of [target, source, ...masters]) {
    await master.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to] as string)
  }
}

afterAll(async () => {
  for (const client of [ioredis, ...masters]) client.disconnect()
  await redis.close()
  await cluster.stop()
})
