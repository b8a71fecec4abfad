import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSluice } from '@sluice/config'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../tooling/redis.ts'
import { startRedisCluster } from '../../tooling/redis-cluster.ts'
import { startServer } from '../faults/server.ts'
import { layExamples } from './example-folder.ts'
import { type Ran, ran } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
layExamples(folder)
const redis = new Redis(inject('redisUrl'))
const cluster = await startRedisCluster()
const master = await startServer()
const sentinel = await startServer({
  config: `sentinel monitor main 127.0.0.1 ${master.port} 1\n`,
  settings: ['--sentinel'],
})
afterAll(async () => {
  redis.disconnect()
  await Promise.all([cluster.stop(), master.stop(), sentinel.stop()])
  rmSync(folder, { recursive: true })
})

const limiters = {
  api: {
    policies: {
      burst: { algorithm: 'token-bucket', capacity: 20, refill: 1, per: '1h' },
      daily: { algorithm: 'fixed-window', limit: 40, window: '1d' },
    },
    overrides: [{ match: { tenant: 'acme' }, policies: { daily: { limit: 100 } } }],
    failure: 'open',
  },
  login: { policy: { algorithm: 'sliding-log', limit: 2, window: '15m' }, slot: 'limiter' },
} as const

const prefix = `at-${process.pid}`
const stores = {
  ioredis: { driver: 'ioredis', url: inject('redisUrl'), prefix },
  redis: { driver: 'redis', url: inject('redisUrl'), prefix: `${prefix}-2` },
  'Cluster over ioredis': { driver: 'ioredis', cluster: { nodes: [cluster.urls[0]] }, prefix },
  'Cluster over redis': { driver: 'redis', cluster: { nodes: [cluster.urls[0]] }, prefix: `${prefix}-2` },
  'Sentinel over ioredis': {
    driver: 'ioredis',
    sentinel: { name: 'main', nodes: [`127.0.0.1:${sentinel.port}`] },
    prefix,
  },
  'Sentinel over redis': {
    driver: 'redis',
    sentinel: { name: 'main', nodes: [`127.0.0.1:${sentinel.port}`] },
    prefix: `${prefix}-2`,
  },
} as const

let laid = 0
const lay = (store: object): string => {
  laid += 1
  const file = join(folder, `store-${laid}.json`)
  writeFileSync(file, JSON.stringify({ store, limiters }))
  return file
}
const all = (args: readonly string[], store: object): Promise<Ran> => ran([...args, '--config', lay(store)])
const json = async (args: readonly string[], store: object) =>
  JSON.parse((await all([...args, '--json'], store)).output)

/** Consumes by the document, as a program does. */
async function use(store: object, ...keys: readonly (readonly [key: string, cost: number])[]): Promise<void> {
  const sluice = await loadSluice({ store: store as { driver: string }, limiters })
  for (const [key, cost] of keys) {
    await sluice.limiters.api.consume(key, { cost })
    await sluice.limiters.login.consume(key)
  }
  await sluice.close()
}

describe.each(Object.entries(stores))('on %s', (_, store) => {
  it('inspect tells what is counted and when it is forgotten, and reset forgets it', async () => {
    // A name that must be escaped, and one that is stored as a hash.
    for (const key of ['user:}%', 'x'.repeat(300)]) {
      expect(await json(['inspect', key], store)).toMatchObject([
        { limiter: 'api', allowed: true, policies: [{ used: 0, forgottenAfterMs: null }, { used: 0 }] },
        { limiter: 'login', allowed: true, policies: [{ policy: 'default', used: 0, limit: 2 }] },
      ])
      await use(store, [key, 3], [key, 4])
      const [api, login] = await json(['inspect', key], store)
      expect(api.policies).toMatchObject([
        { policy: 'burst', used: 7, remaining: 13 },
        { policy: 'daily', used: 7, remaining: 33 },
      ])
      expect(login).toMatchObject({ allowed: false, policies: [{ used: 2, remaining: 0 }] })
      for (const { forgottenAfterMs, resetAfterMs } of [...api.policies, ...login.policies]) {
        // Never forgotten while it still counts: it is looked up after the peek.
        expect(forgottenAfterMs).toBeGreaterThan(resetAfterMs - 60_000)
        expect(forgottenAfterMs).toBeLessThan(8 * 24 * 3_600_000)
      }
      expect((await all(['reset', key, '--limiter', 'login'], store)).output).toMatch(/reset on login\n$/)
      expect(await json(['inspect', key], store)).toMatchObject([
        { policies: [{ used: 7 }, { used: 7 }] },
        { policies: [{ used: 0, forgottenAfterMs: null }] },
      ])
      expect(await json(['reset', key], store)).toEqual({ key, limiters: ['api', 'login'] })
      expect((await json(['inspect', key], store))[0].policies).toMatchObject([{ used: 0 }, { used: 0 }])
    }
  })
})

describe.each(Object.entries(stores))('on %s', (_, store) => {
  it('top tells who uses most of which policy, long keys and odd ones too', async () => {
    const odd = ['', '%', '}x', 'a:b:c', '\ud800', '%#x', 'x'.repeat(300), 'y'.repeat(300)]
    const hashOf = (key: string) => `%#${createHash('sha256').update(key).digest('base64url')}`
    const keys = [...odd, 'user:1', 'user:2'].map((key, i) => [key, i + 1] as const)
    await use(store, ...keys)
    const { looked, isComplete, policies } = await json(['top'], store)
    expect([looked, isComplete]).toEqual([3 * keys.length, true])
    const shown = keys
      .map(([key, used]) => ({ key: key.length > 200 ? hashOf(key) : key, isHashed: key.length > 200, used }))
      .toReversed()
    expect(policies).toMatchObject([
      { limiter: 'api', policy: 'burst', inUse: 10, keys: shown.map((one) => ({ ...one, limit: 20 })) },
      { limiter: 'api', policy: 'daily', inUse: 10, keys: shown.map((one) => ({ ...one, limit: 40 })) },
      { limiter: 'login', policy: 'default', inUse: 10 },
    ])
    const { output } = await all(['top', '--count', '2', '--limiter', 'api'], store)
    expect(output).toMatch(
      /^api burst: 10 in use\nkey +used +of +share +left\n─+\nuser:2 +10 +20 +50% +10\nuser:1 +9 .*\n\n/m,
    )
    expect(output).not.toContain('login')
    for (const [key] of keys) await all(['reset', key], store)
    expect(await json(['top'], store)).toMatchObject({
      looked: 0,
      policies: [{ keys: [] }, { keys: [] }, { keys: [] }],
    })
  })
})

describe.each(Object.entries(stores))('on %s', (_, store) => {
  it('explain measures what a key takes there, and leaves nothing', async () => {
    const own = { ...store, prefix: `${store.prefix}-bytes` }
    const file = lay(own)
    const [api, login] = JSON.parse((await ran(['explain', file, '--measure', '--json'])).output)
    const bytes = [...api.policies, ...login.policies].map(({ bytes: { onRedis } }) => onRedis)
    // The names alone take some 60 bytes.
    for (const one of bytes) expect(one).toBeGreaterThan(80)
    for (const one of bytes) expect(one).toBeLessThan(400)
    expect((await ran(['explain', file, 'login', '--measure'])).output).toMatch(
      / bytes in memory, \d+ on Redis with its first request\n/,
    )
    expect(await json(['top'], own)).toMatchObject({ looked: 0, others: 0 })
  })
})

describe('sluice top', () => {
  // A server that nobody else asks meanwhile: what it has run is looked at.
  const redis = new Redis(master.url)
  afterAll(() => redis.disconnect())
  const store = { ...stores.ioredis, url: master.url, prefix: `${prefix}-top.1` }

  it('looks at a part, and says so; never at what is of another prefix, and never by KEYS', async () => {
    const keys = Array.from({ length: 1500 }, (_, i) => [`user:${i}`, 1] as const)
    await use(store, ...keys)
    await redis.set(`${store.prefix}:{user:1}:gone:burst:tb1`, 'x', 'PX', 60_000)
    // A dot of the prefix is a dot, and its limiter may have another form by now.
    await redis.set(`${store.prefix.replace('.', '_')}:{user:1}:api:burst:tb1`, 'x', 'PX', 60_000)
    await redis.set(`${store.prefix}:{user:1}:api:burst:tb0`, 'x', 'PX', 60_000)
    await redis.config('RESETSTAT')
    const part = await json(['top', '--sample', '100'], store)
    expect(part.isComplete).toBe(false)
    expect(part.looked).toBeGreaterThanOrEqual(100)
    expect(part.looked).toBeLessThan(2000)
    expect((await all(['top', '--within', '1ms'], store)).output).toMatch(
      /^A sample of [\d,]+ states of the document, of/,
    )
    const whole = await json(['top'], store)
    expect([whole.looked, whole.others, whole.isComplete]).toEqual([4500, 2, true])
    expect(whole.policies[0]).toMatchObject({ inUse: 1500, keys: Array.from({ length: 10 }, () => ({ used: 1 })) })
    const stats = await redis.info('commandstats')
    expect(stats).toContain('cmdstat_scan:')
    expect(stats).not.toMatch(/cmdstat_(keys|set|del)[:|]/)
    await Promise.all((await redis.keys(`${store.prefix.slice(0, -2)}*`)).map((key) => redis.del(key)))
  })

  it('shows nothing that could steer a terminal, and nobody for a state that is not ours', async () => {
    await use(store, ['user:\u001b[31m', 2])
    await redis.set(`${store.prefix}:{junk}:api:burst:tb1`, 'junk', 'PX', 60_000)
    const { output, errors } = await all(['top'], store)
    expect(errors).toBe('')
    expect(output).toMatch(/user:\?\[31m +2 +20/)
    expect(output).not.toContain('junk')
    await redis.del(`${store.prefix}:{junk}:api:burst:tb1`)
    await all(['reset', 'user:\u001b[31m'], store)
  })

  it.each([
    [['--sample', '0'], '--sample to be a positive integer, got "0"'],
    [['--count', 'x'], '--count to be a positive integer, got "x"'],
    [['--within', '5'], '--within'],
    [['--limiter', 'apo'], 'api, login, got "apo"'],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, errors } = await all(['top', ...args], store)
    expect([code, errors]).toEqual([2, expect.stringContaining(message)])
  })

  it('ends with 2 where SCAN is not permitted', async () => {
    await master.command('ACL', 'SETUSER', 'bob', 'on', '>pass', '~*', '+@all', '-scan')
    const { code, errors } = await all(['top'], { driver: 'redis', url: `redis://bob:pass@127.0.0.1:${master.port}` })
    expect([code, errors]).toEqual([2, expect.stringContaining('to be permitted SCAN')])
  })
})

describe('sluice inspect', () => {
  const store = stores.ioredis
  const key = 'user:inspected'

  it('says in words what is counted, and ends with 1 when a request would be refused', async () => {
    await use(store, [key, 15], [key, 5])
    const { code, output, errors } = await all(['inspect', key], store)
    expect([code, errors]).toEqual([1, ''])
    expect(output).toMatch(/^api {2}user:inspected: refused\n/)
    expect(output).toMatch(
      /burst +used 20 of 20, nothing left, one in (1h|59m \d+s); full again in (20h|19h \d+m); forg/,
    )
    expect(output).toMatch(/daily +used 20 of 40, 20 left; full again in (1d|23h \d+m); forgotten in /)
    expect(output).toMatch(/login {2}user:inspected: refused\n {2}default +used 2 of 2, nothing left, one in /)
    const other = await all(['inspect', 'user:other', '--limiter', 'api'], store)
    expect([other.code, other.output]).toEqual([
      0,
      'api  user:other: goes ahead\n  burst  used 0 of 20, 20 left; full; nothing is stored\n  daily  used 0 of 40, 40 left; full; nothing is stored\n',
    ])
  })

  it('takes the overrides that match', async () => {
    const [api] = await json(['inspect', key, '--limiter', 'api', '--for', 'tenant=acme'], store)
    expect(api.policies).toMatchObject([{ limit: 20 }, { limit: 100, used: 20 }])
    const { code, errors } = await all(['inspect', key, '--for', 'acme'], store)
    expect([code, errors]).toEqual([2, expect.stringContaining('fields like tenant=acme, got "acme"')])
  })

  it('never tells what a limiter decides by itself', async () => {
    await master.command('ACL', 'SETUSER', 'eve', 'on', '>pass', '~*', '+@all', '-eval', '-evalsha')
    const mute = { ...store, url: `redis://eve:pass@127.0.0.1:${master.port}` }
    const { code, errors } = await all(['inspect', key, '--limiter', 'api'], mute)
    expect([code, errors]).toEqual([3, expect.stringContaining('failed with NOPERM')])
  })

  it('writes nothing', async () => {
    const before = await redis.dump(`${prefix}:{${key}}:api:burst:tb1`)
    await all(['inspect', key], store)
    await all(['inspect', 'user:nobody'], store)
    expect(await redis.dump(`${prefix}:{${key}}:api:burst:tb1`)).toEqual(before)
    expect(await redis.keys(`${prefix}:{user:nobody*`)).toEqual([])
  })

  it('tells of a state that is not ours, and of one that would never be forgotten', async () => {
    const [{ policies }] = await json(['inspect', 'user:junk'], store)
    await redis.set(policies[0].storedKey, 'junk')
    const { code, output } = await all(['inspect', 'user:junk'], store)
    expect(code).toBe(1)
    expect(output).toContain('found something else; reset the key to go on')
    await all(['reset', 'user:junk'], store)
    await use(store, ['user:junk', 1])
    await redis.persist(policies[0].storedKey)
    expect((await all(['inspect', 'user:junk'], store)).output).toContain('never forgotten, which is wrong')
    await all(['reset', 'user:junk'], store)
    await all(['reset', key], store)
  })
})

describe.each([['inspect', 'ann'], ['reset', 'ann'], ['top']])('sluice %s', (...args) => {
  it('ends with 2 where the store is in the memory of a process', async () => {
    for (const driver of ['memory', 'compact']) {
      const { code, errors } = await all(args, { driver })
      expect([code, errors]).toEqual([2, expect.stringContaining(`a store that processes share, got ${driver}`)])
    }
  })

  it.each(['ioredis', 'redis'])(
    'ends with 3 when the store does not answer, without secrets, over %s',
    async (driver) => {
      const nobody = await freePort()
      for (const [url, code] of [
        [`redis://ann:hunter2@127.0.0.1:${nobody}`, 'ECONNREFUSED'],
        [`redis://ann:hunter2@127.0.0.1:${master.port}`, 'WRONGPASS'],
      ] as const) {
        const result = await all(args, { driver, url })
        expect([result.code, result.output]).toEqual([3, ''])
        expect(result.errors).toMatch(new RegExp(`to answer, it failed with ${code}\\. What to do .* sluice doctor`))
        expect(result.errors).not.toContain('hunter2')
      }
    },
  )
})
