import { createLimiter, type LimiterEvent } from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { fixedWindow } from '@sluice/fixed-window'
import { redisHarness } from '@sluice/redis-script/conformance'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientClusterOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { type Harness, laws } from '@sluice/testkit'
import { tokenBucket } from '@sluice/token-bucket'
import calculateSlot from 'cluster-key-slot'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { findAlgorithms } from '../../tooling/packages.ts'
import { startRedisCluster } from '../../tooling/redis-cluster.ts'

// A real Cluster: three masters and three replicas.
const cluster = await startRedisCluster()
const masters = cluster.urls.slice(0, 3).map((url) => new Redis(url))
const nodes = cluster.urls.map((url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) }))
const ioredis = new Cluster(nodes, forIoredis)
const redis = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })), defaults: forRedis })
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

const algorithms = await findAlgorithms()
// The same histories in every run, unless another seed is asked for; more of them with a factor.
const seed = Number(process.env.SLUICE_SEED ?? 20_261_123)
const factor = Number(process.env.SLUICE_RUNS ?? 1)

describe.each(harnesses)('the laws on $name', (harness) => {
  for (const subject of algorithms) {
    for (const law of laws) {
      it(`${subject.name}, law ${law.number}: ${law.title}`, async () => {
        const numRuns = Math.ceil(([11, 13, 15].includes(law.number) ? 10 : 4) * factor)
        await law.check({ subject, harness }, { numRuns, seed })
      })
    }
  }
})

describe('a plain client on a node of a Cluster', () => {
  it('is answered on the keys of that node, and the process is told once that it needs a Cluster client', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const store = ioredisStore({ client: masters[0] as Redis, prefix: 'plain' })
    const policy = tokenBucket({ capacity: 5, refill: 1, per: '1h' })
    const limiter = createLimiter({ name: 'plain', policy, store, deadline: '1h', failure: 'closed' })
    const keys = Array.from({ length: 60 }, (_, i) => `user:${i}`)
    const told = new Set<string>()
    for (let round = 0; round < 3; round += 1) {
      for (const { source, cause } of await Promise.all(keys.map((key) => limiter.consume(key)))) {
        told.add(cause === undefined ? source : codeOf(cause))
      }
    }
    expect(told).toEqual(new Set(['store', 'MOVED']))
    const codes = warning.mock.calls.map(([, options]) => (options as { code?: string }).code)
    expect(codes.filter((code) => code === 'SLUICE_MOVED')).toHaveLength(1)
    warning.mockRestore()
  })
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

  it("decides on keys of many users and addresses together, with `slot: 'limiter'`, by one script", async () => {
    const limiter = createLimiter({
      name: 'together',
      policies: {
        ip: fixedWindow({ limit: 150, window: '30d' }),
        user: tokenBucket({ capacity: 2, refill: 1, per: '30d' }),
      },
      slot: 'limiter',
      store: open(),
      failure: 'throw',
      deadline: '1h',
    })
    const keys = Array.from({ length: 200 }, (_, i) => ({ ip: '192.0.2.7', user: `user:${i % 80}` }))
    const decisions = await limiter.consumeMany(keys.map((key) => ({ key })))
    // Two for each user, and none of what the user refuses is counted for the address.
    expect(decisions.map(({ allowed }) => allowed)).toEqual(keys.map((_, i) => i < 150))
    expect((await limiter.peek({ ip: '192.0.2.7', user: 'user:79' })).policies).toMatchObject({
      ip: { used: 150, remaining: 0 },
      user: { used: 1, remaining: 1 },
    })
    const charged = await limiter.charge({ ip: '192.0.2.7', user: 'user:0' }, { cost: 10 })
    expect(charged.policies).toMatchObject({ ip: { used: 160 }, user: { used: 12 } })
    await limiter.reset({ ip: '192.0.2.7', user: 'user:0' })
    expect((await limiter.consume({ ip: '192.0.2.7', user: 'user:0' })).allowed).toBe(true)
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

  it('lets the other keys of a server be while one of its slots moves, though new keys of that slot must wait', async () => {
    const events: LimiterEvent[] = []
    const limiter = createLimiter({
      name: 'half',
      policies: {
        a: tokenBucket({ capacity: 9, refill: 1, per: '30d' }),
        b: tokenBucket({ capacity: 9, refill: 1, per: '30d' }),
      },
      store: open(),
      deadline: '1h',
      onEvent: (event) => events.push(event),
    })
    const slot = calculateSlot('new')
    const { source, target, sourceId, targetId, slots } = await neighbours(slot)
    const other = Array.from({ length: 100 }, (_, i) => `other:${i}`).find((key) => {
      return slots.some(([from, to]) => from <= calculateSlot(key) && calculateSlot(key) <= to)
    }) as string
    expect((await limiter.consume(other)).source).toBe('store')

    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId)
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId)
    const waiting = await Promise.all(Array.from({ length: 8 }, () => limiter.consume('new')))
    expect(waiting.map(({ source }) => source)).toEqual(Array.from({ length: 8 }, () => 'local'))
    expect((await limiter.consume(other)).source).toBe('store')
    for (const one of [source, target]) await one.call('CLUSTER', 'SETSLOT', slot, 'STABLE')

    expect((await limiter.consume('new')).source).toBe('store')
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 8 }, () => 'fallback'))
    for (const key of ['new', other]) await limiter.reset(key)
  })
})

/** The master that holds a slot, all its slots, and another master. */
async function neighbours(slot: number) {
  const ids = (await Promise.all(masters.map((master) => master.call('CLUSTER', 'MYID')))) as string[]
  const shards = (await (masters[0] as Redis).call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][]
  const sourceId = shards.find(([from, to]) => from <= slot && slot <= to)?.[2][2] as string
  const from = ids.indexOf(sourceId)
  const to = (from + 1) % masters.length
  return {
    source: masters[from] as Redis,
    target: masters[to] as Redis,
    sourceId,
    targetId: ids[to] as string,
    targetUrl: cluster.urls[to] as string,
    slots: shards.filter(([, , [, , id]]) => id === sourceId),
  }
}

/** Moves a slot from its master to the next, key by key, while it is being used. */
async function moveSlot(slot: number): Promise<void> {
  const { source, target, sourceId, targetId, targetUrl } = await neighbours(slot)
  await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId)
  await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId)
  const { hostname, port } = new URL(targetUrl)
  for (;;) {
    const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[]
    if (keys.length === 0) break
    for (const key of keys) await source.call('MIGRATE', hostname, port, key, 0, 5000)
  }
  for (const master of [target, source, ...masters]) {
    await master.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId)
  }
}

afterAll(async () => {
  for (const client of [ioredis, ...masters]) client.disconnect()
  await redis.close()
  await cluster.stop()
})
