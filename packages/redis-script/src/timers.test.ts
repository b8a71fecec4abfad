import { createLimiter, DeadlineError, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { scriptStore } from './script-store.ts'

const url = inject('redisUrl')
const redis = new Redis(url, forIoredis)
const nodeRedis = await createClient({ url, ...forRedis }).connect()
const policy = fixedWindow({ limit: 5, window: '1h' })
const prefix = `timers-${process.pid}`

/** What other runtimes have not, or have otherwise. */
const runtimes: Record<string, () => void> = {
  'where timers are numbers, as in jsdom and workerd': () => {
    const real = setTimeout
    vi.stubGlobal('setTimeout', (...args: Parameters<typeof setTimeout>) => Number(real(...args)))
  },
  'without setImmediate, where the process is held up': () => {
    vi.stubGlobal('setImmediate', undefined)
    const whole = performance
    const start = whole.now()
    vi.stubGlobal('performance', { now: () => (whole.now() < start + 100 ? whole.now() : whole.now() + 50) })
  },
  'without performance': () => vi.stubGlobal('performance', undefined),
  'where performance has no timeOrigin': () => {
    const whole = performance
    vi.stubGlobal('performance', { now: () => whole.now() })
  },
  'where performance stands still': () => vi.stubGlobal('performance', { now: () => 1 }),
  'without process': () => vi.stubGlobal('process', undefined),
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
  await nodeRedis.close()
})

const clients: readonly (readonly [string, () => Store])[] = [
  ['ioredis', () => ioredisStore({ client: redis, prefix })],
  ['redis', () => redisStore({ client: nodeRedis, prefix })],
]

describe.each(Object.entries(runtimes))('%s', (name, change) => {
  // node-redis itself needs setImmediate.
  it.each(clients.filter(([client]) => client === 'ioredis' || !name.startsWith('without setImmediate')))(
    'decisions are made over %s',
    async (client, open) => {
      change()
      const limiter = createLimiter({ name: client, policy, store: open(), deadline: '1h', failure: 'throw' })
      expect((await limiter.consume(name)).remaining).toBe(4)
      const many = await Promise.all([limiter.consume(name), limiter.consume(name)])
      expect(many.map(({ remaining }) => remaining)).toEqual([3, 2])
    },
  )

  describe('when the server is silent', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] })
    })

    it('they settle by their deadlines', async () => {
      change()
      const silent = (): Promise<never> => new Promise(() => {})
      const store = scriptStore({ evalsha: silent, eval: silent }, { prefix })
      const limiter = createLimiter({ name: 'silent', policy, store, deadline: 100, failure: 'throw' })
      const reasons: unknown[] = []
      for (const key of ['ann', 'bob']) limiter.consume(key).catch((why: unknown) => reasons.push(why))
      await vi.advanceTimersByTimeAsync(99)
      expect(reasons).toEqual([])
      // What came late for its timer is put off to the next turn.
      await vi.advanceTimersByTimeAsync(2)
      expect(reasons).toEqual([new DeadlineError(), new DeadlineError()])
      expect(reasons[0]).not.toBe(reasons[1])
      const later = limiter.consume('cid').catch((why: unknown) => why)
      await vi.advanceTimersByTimeAsync(102)
      expect(await later).toEqual(new DeadlineError())
    })
  })
})
