import { request as ask, type IncomingMessage } from 'node:http'
import { createLimiter, type Limiter, type LimiterOptions, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import type { Outcome } from '@sluice/http'
import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { startRedis } from '../../tooling/redis.ts'
import { type Answer, type Asked, type CommonOptions, doors, type Serve, type Service } from './doors.ts'

// Each door in its real framework, while its Redis, its client or itself dies. No deadline passes in these tests: what settles a
// decision is what happens.
const hourMs = 3_600_000
const failures = ['closed', 'open', 'local', 'throw'] as const
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Clients {
  readonly store: Store
  /** Scripts are read, and not run, until `resume` or the server's end. */
  pause(): Promise<unknown>
  resume(): Promise<unknown>
  kill(): Promise<void>
}

/** A Redis of our own, which may be killed, behind a store over one of the clients. */
async function redisBehind(client: 'ioredis' | 'node-redis'): Promise<Clients> {
  const redis = await startRedis()
  const admin = new Redis(redis.url, { ...forIoredis, socketTimeout: hourMs })
  admin.on('error', () => {})
  let killed: Promise<void> | undefined
  const kill = (): Promise<void> => {
    killed ??= redis.stop()
    return killed
  }
  ends.push(kill, () => admin.disconnect())
  return {
    kill,
    store: client === 'ioredis' ? overIoredis(redis.url) : await overRedis(redis.url),
    pause: () => admin.call('CLIENT', 'PAUSE', hourMs, 'WRITE'),
    resume: () => admin.call('CLIENT', 'UNPAUSE'),
  }
}

function overIoredis(url: string): Store {
  const client = new Redis(url, { ...forIoredis, socketTimeout: hourMs })
  client.on('error', () => {})
  ends.push(() => client.disconnect())
  return ioredisStore({ client })
}

async function overRedis(url: string): Promise<Store> {
  const client = createClient({ ...forRedis, url, socket: { ...forRedis.socket, socketTimeout: hourMs } })
  client.on('error', () => {})
  await client.connect()
  ends.push(() => client.destroy())
  return redisStore({ client })
}

function limiterOf(options: Omit<LimiterOptions, 'policy'>, limit = 5): Limiter {
  return createLimiter({ deadline: hourMs, policy: fixedWindow({ limit, window: '1h' }), ...options } as LimiterOptions)
}

async function open(serve: Serve, options: CommonOptions, handle: Parameters<Serve>[1]): Promise<Service> {
  const service = await serve(options, handle)
  ends.push(service.close)
  return service
}

/** Something that will have happened so many times. */
function event(times = 1): { happens(): void; readonly happened: Promise<void> } {
  let left = times
  let done = (): void => {}
  const happened = new Promise<void>((resolve) => {
    done = resolve
  })
  return {
    happens() {
      left -= 1
      if (left === 0) done()
    },
    happened,
  }
}

/** The same limiter, which tells when it is asked. */
function telling(limiter: Limiter, { happens }: { happens(): void }): Limiter {
  return {
    ...limiter,
    consume: (key, options) => {
      const decision = limiter.consume(key, options)
      happens()
      return decision
    },
  }
}

interface Told {
  readonly status: number | undefined
  readonly fields: string | undefined
  readonly retry: string | undefined
  readonly body: string
}

/** On a connection of its own, so that nothing of another request disturbs it. */
function get(url: string, failure: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const taken = (response: IncomingMessage): void => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      const { statusCode: status, headers } = response
      response.on('end', () => {
        resolve({ status, fields: headers.ratelimit as string | undefined, retry: headers['retry-after'], body })
      })
    }
    ask(url, { agent: false, headers: { 'x-failure': failure } }, taken)
      .on('error', reject)
      .end()
  })
}

describe.each(
  doors.flatMap(([door, serve]) => (['ioredis', 'node-redis'] as const).map((c) => [door, c, serve] as const)),
)('the door of %s when its Redis is killed, over %s', (_door, client, serve) => {
  it('answers what was under way and what follows as each limiter is to fail, and says nothing false', async () => {
    const { store, pause, kill } = await redisBehind(client)
    const limiters = new Map(
      failures.map((failure) => [failure as string, limiterOf({ name: failure, store, failure })]),
    )
    let asked = event(failures.length)
    const { url } = await open(
      serve,
      {
        limiter: (header) =>
          telling(limiters.get(header('x-failure') as string) as Limiter, { happens: () => asked.happens() }),
        key: () => 'ann',
      },
      ({ decision }: Asked): Answer => ({ body: `${decision?.source}` }),
    )
    const all = (): Promise<readonly Told[]> => Promise.all(failures.map((failure) => get(url, failure)))
    for (const { status, fields, body } of await all()) {
      expect([status, body, fields]).toEqual([200, 'store', expect.stringMatching(/;r=4;/)])
    }

    await pause()
    asked = event(failures.length)
    const underWay = all()
    await asked.happened
    await kill()
    const [lost, later] = [await underWay, await all()]
    expectFailures(lost, 4)
    expectFailures(later, 3)
  })
})

/** `remaining`: of the limiter that goes on in this process, which begins with all of its five. */
function expectFailures([closed, open, local, thrown]: readonly Told[], remaining: number): void {
  expect([closed?.status, closed?.fields, JSON.parse(closed?.body as string).status]).toEqual([503, undefined, 503])
  expect(Number(closed?.retry)).toBeGreaterThanOrEqual(1)
  expect([open?.status, open?.fields, open?.body]).toEqual([200, undefined, 'open'])
  expect([local?.status, local?.fields, local?.body]).toEqual([
    200,
    expect.stringContaining(`;r=${remaining};`),
    'local',
  ])
  expect([thrown?.status, thrown?.fields]).toEqual([500, undefined])
}

describe.each(doors)('the door of %s, asked by somebody who does not wait', (_name, serve) => {
  /** A service that decides on a request when it is told to, and gives back what nobody took. */
  async function undecided() {
    const { store, pause, resume } = await redisBehind('ioredis')
    const asked = event()
    const settled = event()
    const outcomes: Outcome[] = []
    const limiter = limiterOf({ name: 'once', store, failure: 'throw' }, 1)
    const refund = (outcome: Outcome): boolean => {
      outcomes.push(outcome)
      return !outcome.completed
    }
    const told: Limiter = {
      ...telling(limiter, asked),
      refund: async (key, options) => {
        const decision = await limiter.refund(key, options)
        settled.happens()
        return decision
      },
    }
    const service = await open(serve, { limiter: told, key: () => 'ann', refund }, () => ({}))
    const dropped = event()
    service.server.once('connection', (socket) => socket.once('close', dropped.happens))
    await pause()
    const failed = event()
    const request = ask(service.url, { agent: false }).on('error', failed.happens)
    request.end()
    await asked.happened
    return { service, request, resume, limiter, outcomes, failed, dropped, settled }
  }

  it('takes back what a client took that hung up while the limiter decided', async () => {
    const { service, request, resume, outcomes, dropped, settled } = await undecided()
    request.destroy()
    await dropped.happened
    await resume()
    await settled.happened
    expect(outcomes).toEqual([{ status: 499, completed: false }])
    // The unit is there again, for the next one alone.
    expect([(await get(service.url, '')).status, (await get(service.url, '')).status]).toEqual([200, 429])
  })

  it('ends, and leaves nothing behind, when its server is killed while the limiter decides', async () => {
    const { service, resume, limiter, outcomes, failed, dropped, settled } = await undecided()
    service.server.closeAllConnections()
    await Promise.all([failed.happened, dropped.happened])
    const closed = service.close()
    ends.splice(ends.indexOf(service.close), 1)
    await resume()
    await Promise.all([settled.happened, closed])
    expect(outcomes).toEqual([{ status: 499, completed: false }])
    expect(service.server.listening).toBe(false)
    expect((await limiter.peek('ann')).remaining).toBe(1)
  })
})
