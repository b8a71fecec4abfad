import { randomBytes } from 'node:crypto'
import { createLimiter, type Decision, type Limiter, type Policy, type Store, StoreDownError } from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startRedis } from '../../../../tooling/redis.ts'
import { assemble } from '../script/assemble.ts'
import { mostFailures } from './breaker.ts'

// Servers of our own, because what is done to them concerns everyone who uses them.
const policy = fixedWindow({ limit: 5, window: '1h', align: 'first-request' })

interface Setting {
  readonly admin: Redis
  readonly stores: Readonly<Record<string, (prefix: string) => Store>>
  close(): Promise<void>
}

async function setUp(
  settings: readonly string[] = [],
  login: { username?: string; password?: string } = {},
): Promise<Setting> {
  const server = await startRedis(...settings)
  const { hostname: host, port } = new URL(server.url)
  const admin = new Redis(server.url, { ...forIoredis, reconnectOnError: () => false })
  if (login.username !== undefined)
    await admin.call('ACL', 'SETUSER', login.username, 'on', `>${login.password}`, 'allkeys', '+@all')
  const ioredis = new Redis({ ...forIoredis, host, port: Number(port), reconnectOnError: () => false, ...login })
  const redis = createClient({ url: server.url, ...forRedis, ...login })
  for (const client of [ioredis, redis]) client.on('error', () => {})
  await redis.connect()
  return {
    admin,
    stores: {
      ioredis: (prefix) => ioredisStore({ client: ioredis, prefix }),
      redis: (prefix) => redisStore({ client: redis, prefix }),
    },
    async close() {
      for (const client of [admin, ioredis]) client.disconnect()
      redis.destroy()
      await server.stop()
    },
  }
}

/** Closed when the test ends, however it ends. */
async function setUpForTest(settings: readonly string[]): Promise<Setting> {
  const setting = await setUp(settings)
  onTestFinished(setting.close)
  return setting
}

const clients = ['ioredis', 'redis'] as const
const newPrefix = (): string => `errors-${randomBytes(4).toString('hex')}`

function limit(name: string, store: Store, own: Policy = policy): Limiter {
  return createLimiter({ name, policy: own, store, deadline: '1h', failure: 'closed' })
}

/** What a limiter is told when it is asked so often, one after the other. */
async function codes(limiter: Limiter, times: number, key = 'ann'): Promise<string[]> {
  const told: string[] = []
  for (let i = 0; i < times; i += 1) told.push(spelled(await limiter.peek(key)))
  return told
}

function spelled({ source, cause }: Decision): string {
  if (cause === undefined) return source
  return cause instanceof StoreDownError ? `down: ${codeOf(cause)}` : codeOf(cause)
}

const times = <T>(howMany: number, what: T): T[] => Array.from({ length: howMany }, () => what)

let warning: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** The codes of what the process was warned about, but that decisions are made without the store. */
function warned(): unknown[] {
  return (warning.mock.calls as unknown as [string, { code: string }][])
    .map(([, { code }]) => code)
    .filter((code) => code !== 'SLUICE_FALLBACK')
}

describe.each(clients)('a limiter, over %s,', (client) => {
  let admin: Redis
  let open: (prefix: string) => Store
  let close = async (): Promise<void> => {}
  beforeAll(async () => {
    const setting = await setUp([], { username: 'limiter', password: 'secret' })
    admin = setting.admin
    open = setting.stores[client] as (prefix: string) => Store
    close = setting.close
  })
  afterAll(() => close())

  it('whose script the server cannot compile takes nobody down', async () => {
    const store = open(newPrefix())
    const [well, broken] = [limit('well', store), limit('broken', store, { ...policy, lua: 'this is no Lua' })]
    for (let i = 0; i < mostFailures; i += 1) {
      expect(await codes(broken, 1)).toEqual(['ERR'])
      expect(await codes(well, 1)).toEqual(['store'])
    }
    expect(await codes(broken, 3)).toEqual(times(3, 'down: ERR'))
    expect(await codes(well, 3)).toEqual(times(3, 'store'))
  })

  it('whose keys it may not touch takes nobody down', async () => {
    const prefix = newPrefix()
    await admin.call('ACL', 'SETUSER', 'limiter', 'resetkeys', `~${prefix}:*:well:*`)
    const store = open(prefix)
    const [well, outside] = [limit('well', store), limit('outside', store)]
    expect(await codes(outside, mostFailures + 1)).toEqual([...times(mostFailures, 'NOPERM'), 'down: NOPERM'])
    expect(await codes(well, 3)).toEqual(times(3, 'store'))
    await admin.call('ACL', 'SETUSER', 'limiter', 'allkeys')
  })

  it('is told at once what others have learnt of the server: that it is a replica', async () => {
    const store = open(newPrefix())
    const [first, second] = [limit('first', store), limit('second', store)]
    const write = async (limiter: Limiter): Promise<string> => spelled(await limiter.consume('ann'))
    expect([await write(first), await write(second)]).toEqual(['store', 'store'])
    await admin.replicaof('127.0.0.1', 1)
    for (let i = 0; i < mostFailures; i += 1) expect(await write(first)).toBe('READONLY')
    expect(await write(second)).toBe('down: READONLY')
    await admin.replicaof('NO', 'ONE')
  })

  it('is told at once what others have learnt of the server, from requests that were refused together', async () => {
    const store = open(newPrefix())
    const together = Array.from({ length: mostFailures }, (_, i) => limit(`together-${i}`, store))
    const other = limit('other', store)
    const write = async (limiter: Limiter): Promise<string> => spelled(await limiter.consume('ann'))
    for (const limiter of [...together, other]) expect(await write(limiter)).toBe('store')
    await admin.replicaof('127.0.0.1', 1)
    expect(await Promise.all(together.map(write))).toEqual(times(mostFailures, 'READONLY'))
    expect(await write(other)).toBe('down: READONLY')
    await admin.replicaof('NO', 'ONE')
  })

  it('is told at once what others have learnt of the server: that its master is away, and it says nothing stale', async () => {
    const store = open(newPrefix())
    const [first, second] = [limit('first', store), limit('second', store)]
    expect(await codes(first, 1)).toEqual(['store'])
    await admin.replicaof('127.0.0.1', 1)
    await admin.config('SET', 'replica-serve-stale-data', 'no')
    expect(await codes(first, mostFailures)).toEqual(times(mostFailures, 'MASTERDOWN'))
    expect(await codes(second, 1)).toEqual(['down: MASTERDOWN'])
    await admin.replicaof('NO', 'ONE')
    await admin.config('SET', 'replica-serve-stale-data', 'yes')
  })
})

describe.each(clients)('over %s, a server', (client) => {
  it('that runs no scripts is down for all, with advice', async () => {
    const { stores } = await setUpForTest(['--rename-command', 'EVALSHA', ''])
    const store = stores[client]?.(newPrefix()) as Store
    const [first, second] = [limit('first', store), limit('second', store)]
    expect(await codes(first, mostFailures)).toEqual(times(mostFailures, 'ERR'))
    expect(await codes(second, 1)).toEqual(['down: ERR'])
    expect(warned()).toEqual(['SLUICE_NO_SCRIPTS'])
  })

  it('that lets nobody bring a script decides by those that it has', async () => {
    const { admin, stores } = await setUpForTest(['--rename-command', 'EVAL', ''])
    const other = fixedWindow({ limit: 5, window: '1h' })
    for (const { source } of Object.values(assemble([policy], 'server'))) await admin.script('LOAD', source)
    const store = stores[client]?.(newPrefix()) as Store
    const several = createLimiter({
      name: 'new',
      policies: { policy, other },
      store,
      deadline: '1h',
      failure: 'closed',
    })
    expect(await codes(several, mostFailures)).toEqual(times(mostFailures, 'ERR'))
    expect(await codes(limit('known', store), 2)).toEqual(times(2, 'store'))
    expect(warned()).toEqual(['SLUICE_NO_EVAL'])
  })
})

/** How many scripts the server refused without executing anything, but for those it did not know. */
async function refusals(admin: Redis): Promise<number> {
  const stats = await admin.info('commandstats')
  return Number(/^cmdstat_evalsha:.*rejected_calls=(\d+)/m.exec(stats)?.[1])
}

describe.each(clients)('a Cluster of one shard, over the plain client of %s,', (client) => {
  it('decides on any keys at once, each within its limit, and tells once that it is a Cluster', async () => {
    const { admin, stores } = await setUpForTest(['--cluster-enabled', 'yes'])
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    await vi.waitUntil(async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 30_000)
    const store = stores[client]?.(newPrefix()) as Store
    const limiters = [limit('first', store), limit('second', store)]
    const keys = Array.from({ length: 10 }, (_, i) => `user:${i}`)
    let refused = 0
    for (let round = 1; round <= 7; round += 1) {
      for (const limiter of limiters) {
        const decisions = await Promise.all(keys.map((key) => limiter.consume(key)))
        const expected = [round <= 5, 'store', Math.max(0, 5 - round)]
        for (const { allowed, source, remaining } of decisions) expect([allowed, source, remaining]).toEqual(expected)
      }
      // What is refused is refused in the first round: from then on the form is right.
      if (round === 1) refused = await refusals(admin)
    }
    expect(refused).toBeGreaterThan(0)
    expect(await refusals(admin)).toBe(refused)
    const [many] = [limit('many', store)]
    const decisions = await many.consumeMany([...keys, ...keys].map((key) => ({ key })))
    expect(decisions.map(({ remaining }) => remaining)).toEqual([...times(10, 4), ...times(10, 3)])
    expect((await many.refund('user:0')).remaining).toBe(4)
    expect(warned()).toEqual(['SLUICE_CROSSSLOT'])
  })

  it('takes a first call for many keys as it takes others', async () => {
    const { admin, stores } = await setUpForTest(['--cluster-enabled', 'yes'])
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    await vi.waitUntil(async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 30_000)
    const limiter = limit('first', stores[client]?.(newPrefix()) as Store)
    const keys = Array.from({ length: 300 }, (_, i) => `user:${i % 100}`)
    const decisions = await limiter.consumeMany(keys.map((key) => ({ key })))
    expect(decisions.map(({ remaining }) => remaining)).toEqual([...times(100, 4), ...times(100, 3), ...times(100, 2)])
  })
})

describe.each(clients)('a node that does not hold all slots, over the plain client of %s,', (client) => {
  it('decides on the keys of its own, whatever becomes of the others', async () => {
    const { admin, stores } = await setUpForTest(['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'])
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191)
    await vi.waitUntil(async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 30_000)
    const limiter = limit('first', stores[client]?.(newPrefix()) as Store)
    const told: string[] = []
    for (let i = 0; i < 30; i += 1) told.push(spelled(await limiter.consume(`user:${i}`)))
    expect(new Set(told)).toEqual(new Set(['store', 'CLUSTERDOWN']))
  })
})
