import { request as ask, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLimiter, type Limiter, memoryStore, type Store } from '@sluice/core'
import { rateLimit as forExpress } from '@sluice/express'
import { rateLimit as forFastify } from '@sluice/fastify'
import { fixedWindow } from '@sluice/fixed-window'
import { rateLimit as forKoa } from '@sluice/koa'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import express from 'express'
import { fastify } from 'fastify'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startRedis } from '../../tooling/redis.ts'
import { type Answer, type Asked, type CommonOptions, doors, type Serve } from './doors.ts'

// What the middleware of others promises its users, or what they have asked it for, and that no other test of ours holds:
// - skipFailedRequests, skipSuccessfulRequests, skip, a limit by request, a cost, several limiters on one app, two requests at one time,
//   a message of one's own, header forms, upgrades, wrong options: doors.test.ts
// - passOnStoreError, skipOnError, no request that hangs while Redis is down, clients that hang up: failures.test.ts
// - @Throttle, @SkipThrottle, GraphQL, several throttlers: nest.test.ts of @sluice/nest
// - warnings of a shared key, of a limiter or a door in a handler, of a request counted twice: limit-requests.test.ts of @sluice/http
const start = Date.UTC(2026, 10, 27)
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const fine = (): Answer => ({})
const ann = (): string => 'ann'
const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(url, { headers })).status

async function open(serve: Serve, options: CommonOptions, handle: Parameters<Serve>[1] = fine): Promise<string> {
  const service = await serve(options, handle)
  ends.push(service.close)
  return service.url
}

/** A clock that a test moves, and a limiter over it. */
function timed(policy: Parameters<typeof createLimiter>[0]['policy']) {
  const clock = { now: start }
  const store = memoryStore({ clock: () => clock.now })
  return { clock, limiter: createLimiter({ name: 'timed', policy: policy as NonNullable<typeof policy>, store }) }
}

function windowOf(limit: number, store: Store = memoryStore({ clock: () => start })): Limiter {
  return createLimiter({ name: 'api', policy: fixedWindow({ limit, window: '1h' }), store })
}

describe.each(doors)('the door of %s keeps what its peers promise:', (_name, serve) => {
  it('express-rate-limit: every function of the options may be asynchronous', async () => {
    const asked: string[] = []
    const later =
      <T>(name: string, value: T) =>
      async (): Promise<T> => {
        await Promise.resolve()
        asked.push(name)
        return value
      }
    const limiter = windowOf(3)
    const options = { limiter: later('limiter', limiter), key: later('key', 'ann'), cost: later('cost', 2) }
    const url = await open(serve, { ...options, skip: later('skip', false) } as unknown as CommonOptions)
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429])
    expect(asked.slice(0, 4)).toEqual(['skip', 'limiter', 'key', 'cost'])
  })

  it('express-rate-limit: resetKey lets a key begin anew, and getKey tells how it stands', async () => {
    const limiter = windowOf(1)
    const url = await open(serve, { limiter, key: ann })
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429])
    expect(await limiter.peek('ann')).toMatchObject({ limit: 1, used: 1, remaining: 0 })
    await limiter.reset('ann')
    expect(await statusOf(url)).toBe(200)
  })

  it('express-rate-limit: the handler is told the limit, what is used, what remains, and when it is back', async () => {
    const { limiter } = timed(fixedWindow({ limit: 5, window: '1h' }))
    const told: unknown[] = []
    const url = await open(serve, { limiter, key: ann }, ({ decision }: Asked) => {
      const { limit, used, remaining, at, resetAfterMs } = decision as NonNullable<typeof decision>
      told.push([limit, used, remaining, at + resetAfterMs])
      return {}
    })
    await fetch(url)
    expect(told).toEqual([[5, 1, 4, start + 3_600_000]])
  })

  it('express-rate-limit: a window of a year is a year, beyond what a timer can hold', async () => {
    const { clock, limiter } = timed(fixedWindow({ limit: 1, window: '365d', align: 'first-request' }))
    const url = await open(serve, { limiter, key: ann })
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429])
    clock.now += 365 * 86_400_000 - 1
    expect(await statusOf(url)).toBe(429)
    clock.now += 1
    expect(await statusOf(url)).toBe(200)
  })

  it('express-rate-limit: requests that are refused do not count, and who waits as told is admitted', async () => {
    const { clock, limiter } = timed(tokenBucket({ capacity: 1, refill: 1, per: '90s' }))
    const url = await open(serve, { limiter, key: ann })
    expect(await statusOf(url)).toBe(200)
    const waits: (string | null)[] = []
    for (let i = 0; i < 20; i += 1) waits.push((await fetch(url)).headers.get('Retry-After'))
    expect(new Set(waits)).toEqual(new Set(['90']))
    clock.now += 90_000 - 1
    expect(await statusOf(url)).toBe(429)
    clock.now += 1
    expect(await statusOf(url)).toBe(200)
  })

  it('@nestjs/throttler: the next request is admitted as soon as the oldest has left the window', async () => {
    const { clock, limiter } = timed(slidingLog({ limit: 2, window: '1m' }))
    const url = await open(serve, { limiter, key: ann })
    expect(await statusOf(url)).toBe(200)
    clock.now += 40_000
    expect(await statusOf(url)).toBe(200)
    expect((await fetch(url)).headers.get('Retry-After')).toBe('20')
    clock.now += 20_000
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429])
  })

  it('@nestjs/throttler: a flood at one moment does not pass the limit', async () => {
    const url = await open(serve, { limiter: windowOf(5), key: ann })
    const statuses = await Promise.all(Array.from({ length: 60 }, () => statusOf(url)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
  })

  it('@nestjs/throttler: several limits are told under the names that clients know, and a refusal burns none', async () => {
    const policies = { short: fixedWindow({ limit: 1, window: '1m' }), long: fixedWindow({ limit: 9, window: '1h' }) }
    const limiter = createLimiter({ name: 'api', policies, store: memoryStore({ clock: () => start }) })
    const url = await open(serve, { limiter, key: ann, fields: ['draft-6', 'x-ratelimit'] })
    await fetch(url)
    const { headers } = await fetch(url)
    const names = [...headers.keys()].filter((name) => /retry|ratelimit/.test(name))
    expect(names.filter((name) => /short|long|default/.test(name))).toEqual([])
    expect([headers.get('Retry-After'), headers.get('RateLimit-Limit'), headers.get('X-RateLimit-Limit')]).toEqual([
      '60',
      '1',
      '1',
    ])
    expect((await limiter.peek('ann')).policies.long?.used).toBe(1)
  })

  it('koa-ratelimit: no field at all where none is wanted, but Retry-After', async () => {
    const url = await open(serve, { limiter: windowOf(1), key: ann, fields: [] })
    const [first, refused] = [await fetch(url), await fetch(url)]
    for (const { headers } of [first, refused]) {
      expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([])
    }
    expect([refused.status, refused.headers.has('Retry-After')]).toEqual([429, true])
    expect(await refused.json()).not.toHaveProperty('violated-policies')
  })

  it('hono-rate-limiter: nothing is left running that keeps a process or a runtime awake', async () => {
    const timers = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'setTimeout')]
    const limiter = createLimiter({ name: 'api', policy: fixedWindow({ limit: 1, window: '1h' }) })
    await limiter.consume('ann')
    for (const timer of timers) {
      expect(timer).not.toHaveBeenCalled()
      timer.mockRestore()
    }
    expect(await statusOf(await open(serve, { limiter, key: ann }))).toBe(429)
  })

  it('rate-limit-redis: a Redis that has forgotten its scripts goes on counting', async () => {
    const redis = await startRedis()
    const client = new Redis(redis.url, recommendedOptions)
    client.on('error', () => {})
    ends.push(redis.stop, () => client.disconnect())
    const limiter = createLimiter({
      name: 'api',
      policy: fixedWindow({ limit: 2, window: '1h' }),
      store: ioredisStore({ client }),
      failure: 'throw',
      deadline: '1h',
    })
    const url = await open(serve, { limiter, key: ann })
    const statuses: number[] = []
    for (let i = 0; i < 3; i += 1) {
      statuses.push(await statusOf(url))
      await client.script('FLUSH')
    }
    expect(statuses).toEqual([200, 200, 429])
  })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Frameworks that believe the proxy on loopback, with our default key. */
const behindProxy: readonly (readonly [string, (limiter: Limiter) => Promise<string>])[] = [
  [
    'Express',
    (limiter) => {
      const app = express().set('trust proxy', 'loopback')
      app.use(forExpress({ limiter }))
      app.use((_request, response) => void response.send('fine'))
      return listen(createServer(app))
    },
  ],
  [
    'Koa',
    (limiter) => {
      const app = new Koa({ proxy: true, maxIpsCount: 1 })
      app.use(forKoa({ limiter }))
      app.use((ctx) => {
        ctx.body = 'fine'
      })
      return listen(createServer(app.callback()))
    },
  ],
  [
    'Fastify',
    async (limiter) => {
      const app = fastify({ trustProxy: 'loopback' })
      await app.register(forFastify, { limiter })
      app.get('/', async () => 'fine')
      ends.push(() => app.close())
      return `${await app.listen({ host: '127.0.0.1', port: 0 })}/`
    },
  ],
]

describe.each(behindProxy)('the default key of %s behind a proxy keeps what its peers promise:', (_name, serve) => {
  const from = (url: string, address: string): Promise<number> => statusOf(url, { 'X-Forwarded-For': address })

  it('express-rate-limit: who changes addresses within a network of IPv6 stays one client', async () => {
    const url = await serve(windowOf(1))
    expect(await from(url, '2001:db8:0:1200::1')).toBe(200)
    expect(await from(url, '2001:db8:0:12ff:ffff::9')).toBe(429)
    expect(await from(url, '2001:db8:0:1300::1')).toBe(200)
  })

  it('@fastify/rate-limit: an address of IPv4 is the same in IPv6', async () => {
    const url = await serve(windowOf(1))
    expect([await from(url, '192.0.2.7'), await from(url, '::ffff:192.0.2.7')]).toEqual([200, 429])
    expect(await from(url, '192.0.2.8')).toBe(200)
  })

  it('koa-ratelimit: what a client writes before the proxy does changes nothing', async () => {
    const url = await serve(windowOf(1))
    const statuses: number[] = []
    for (const forged of ['1.1.1.1', '2.2.2.2', 'junk']) statuses.push(await from(url, `${forged}, 192.0.2.7`))
    expect(statuses).toEqual([200, 429, 429])
  })
})

describe('the plugin of Fastify keeps what @fastify/rate-limit promises:', () => {
  async function app(options: Parameters<typeof forFastify>[1]) {
    const app = fastify()
    ends.push(() => app.close())
    await app.register(forFastify, options)
    return app
  }

  it('a route has a limit of its own, or none, and routes may share one', async () => {
    const server = await app({ limiter: windowOf(9), key: ann })
    const shared = windowOf(1)
    const answer = async (): Promise<string> => 'fine'
    server.get('/', answer)
    server.get('/free', { config: { rateLimit: false } }, answer)
    server.get('/one', { config: { rateLimit: { limiter: shared } } }, answer)
    server.get('/two', { config: { rateLimit: { limiter: shared } } }, answer)
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const told = async (path: string): Promise<unknown> => {
      const { status, headers } = await fetch(url + path)
      return [status, headers.get('RateLimit')?.split(';')[1]]
    }
    expect([await told('/'), await told('/free')]).toEqual([
      [200, 'r=8'],
      [200, undefined],
    ])
    expect([await told('/one'), await told('/two')]).toEqual([
      [200, 'r=0'],
      [429, 'r=0'],
    ])
  })

  it('a route that is not found can be limited too', async () => {
    const server = await app({})
    server.setNotFoundHandler(
      { preHandler: server.rateLimit({ limiter: windowOf(1), key: ann }) },
      async (_request, reply) => reply.code(404).send('nothing here'),
    )
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    expect([await statusOf(`${url}/a`), await statusOf(`${url}/b`)]).toEqual([404, 429])
  })

  it('a later hook knows who is asking', async () => {
    const server = await app({
      limiter: windowOf(1),
      hook: 'preHandler',
      key: (request) => (request.body as { user: string }).user,
    })
    server.post('/', async () => 'fine')
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const post = async (user: string): Promise<number> => {
      const headers = { 'Content-Type': 'application/json' }
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ user }) })).status
    }
    expect([await post('ann'), await post('ann'), await post('bob')]).toEqual([200, 429, 200])
  })

  it('a request for the head alone counts like another', async () => {
    const server = await app({ limiter: windowOf(1), key: ann })
    server.get('/', async () => 'fine')
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const head = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        ask(url, { method: 'HEAD', agent: false }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    expect([await head(), await head(), await statusOf(url)]).toEqual([200, 429, 429])
  })
})
