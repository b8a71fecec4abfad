import { readFile } from 'node:fs/promises'
import { createLimiter, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis, patientClusterOptions } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { tokenBucket } from '@sluice/token-bucket'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { createCluster as createCluster5 } from 'redis5'
import { afterAll, describe, expect, it } from 'vitest'
import { findAlgorithms } from '../tooling/packages.ts'
import { startRedis } from '../tooling/redis.ts'
import { startRedisCluster } from '../tooling/redis-cluster.ts'

const algorithms = await findAlgorithms()
const monthMs = 30 * 86_400_000

// A server of our own, because users of Redis are for all of it.
const server = await startRedis()
const admin = new Redis(server.url)
const text = await readFile(new URL('../docs/operating.md', import.meta.url), 'utf8')
const line = /^ACL (SETUSER limiter .+)$/m.exec(text)?.[1] ?? ''
const onCluster = /^On a Cluster also `(.+?)`/m.exec(text)?.[1] ?? ''
await admin.call('ACL', ...line.replace('PASSWORD', 'secret').split(' '))

const { hostname: host, port } = new URL(server.url)
const ioredis = new Redis({ ...forIoredis, host, port: Number(port), username: 'limiter', password: 'secret' })
const url = `redis://limiter:secret@${host}:${port}`
const redis = createClient({ url, ...forRedis, commandsQueueMaxLength: 100 })
await redis.connect()

afterAll(async () => {
  await Promise.all([ioredis.quit(), admin.quit(), redis.close()])
  await server.stop()
})

describe('the permissions in docs/operating.md', () => {
  it.each<[string, () => Store]>([
    ['ioredis', () => ioredisStore({ client: ioredis })],
    ['redis', () => redisStore({ client: redis })],
  ])('are enough, over %s', async (client, open) => {
    await admin.script('FLUSH')
    // Within 2 ms what was counted leaves, and what is stored of it is tidied up.
    const quick = algorithms.map((one) => [`quick-${one.name}`, one.policy(one.quota(500, 2))] as const)
    const slow = algorithms.map((one) => [one.name, one.policy(one.quota(500, monthMs))] as const)
    const policies = Object.fromEntries([...quick, ...slow])
    const limiter = createLimiter({ name: client, policies, store: open(), failure: 'throw', deadline: '1h' })
    for (let i = 0; i < 200; i += 1) await limiter.consume('ann')
    expect((await limiter.peek('ann')).policies['token-bucket']?.remaining).toBe(300)
    expect((await limiter.refund('ann', { cost: 100 })).policies['fixed-window']?.remaining).toBe(400)
    expect((await limiter.consume('ann', { cost: 501 })).allowed).toBe(false)
    await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }])
    await limiter.reset('ann')
    expect((await limiter.peek('ann')).remaining).toBe(500)
  })

  it('are the least: without any one of the commands that scripts run, something fails', async () => {
    const commands = [
      ...line.matchAll(/\+(time|get|set|getrange|setrange|exists|del|pexpireat|pttl|zadd|zremrangebyscore)\b/g),
    ]
    expect(commands).toHaveLength(11)
    for (const [, command = ''] of commands) {
      const store = ioredisStore({ client: ioredis, prefix: 'sluice' })
      const window = fixedWindow({ limit: 9, window: '1h' })
      const limit = (length: '1h' | '1d') => {
        const log = slidingLog({ limit: 500, window: length })
        return createLimiter({ name: 'least', policies: { window, log }, store, failure: 'throw', deadline: '1h' })
      }
      // The second keeps what the first has stored for longer.
      const [limiter, longer] = [limit('1h'), limit('1d')]
      await limiter.consume('ann')
      await admin.call('ACL', 'SETUSER', 'limiter', `-${command}`)
      const calls = [
        () => limiter.consume('ann'),
        () => longer.consume('ann'),
        () => limiter.peek('bob'),
        () => limiter.consume('cid'),
        () => limiter.refund('ann'),
        () => limiter.reset('ann'),
      ]
      const outcomes: unknown[] = []
      for (const call of calls) outcomes.push(await call().catch((error: Error) => error.message))
      await admin.call('ACL', 'SETUSER', 'limiter', `+${command}`)
      expect(outcomes, command).toContainEqual(expect.stringMatching(/permission|can't run this command/))
      await admin.flushall()
    }
  })
})

describe('the permissions of a Cluster in docs/operating.md', async () => {
  const cluster = await startRedisCluster()
  const admins = cluster.urls.map((url) => new Redis(url))
  for (const one of admins) {
    await one.call('ACL', ...line.replace('PASSWORD', 'secret').split(' '), ...onCluster.split(' '))
  }
  const user = { username: 'limiter', password: 'secret' }
  const nodes = cluster.urls.map((each) => ({ host: '127.0.0.1', port: Number(new URL(each).port) }))
  const { redisOptions } = patientClusterOptions
  const overIoredis = new Cluster(nodes, { ...patientClusterOptions, redisOptions: { ...redisOptions, ...user } })
  const options = { rootNodes: cluster.urls.map((each) => ({ url: each })), defaults: { ...forRedis, ...user } }
  const overRedis = createCluster(options)
  const overRedis5 = createCluster5(options)
  await Promise.all([overRedis.connect(), overRedis5.connect()])

  afterAll(async () => {
    for (const client of [overIoredis, ...admins]) client.disconnect()
    await Promise.all([overRedis.close(), overRedis5.close()])
    await cluster.stop()
  })

  it.each<[string, () => Store]>([
    ['ioredis', () => ioredisStore({ client: overIoredis })],
    ['redis', () => redisStore({ client: overRedis })],
    ['redis 5', () => redisStore({ client: overRedis5 })],
  ])('are enough, over %s', async (client, open) => {
    const policy = tokenBucket({ capacity: 5, refill: 1, per: '1h' })
    const name = client.replace(' ', '-')
    const limiter = createLimiter({ name, policy, store: open(), failure: 'throw', deadline: '1h' })
    const keys = Array.from({ length: 30 }, (_, i) => `user:${i}`)
    const decisions = await limiter.consumeMany(keys.map((key) => ({ key })))
    expect(decisions.map(({ source, remaining }) => [source, remaining])).toEqual(keys.map(() => ['store', 4]))
    for (const key of keys) expect((await limiter.refund(key)).remaining).toBe(5)
  })
})
