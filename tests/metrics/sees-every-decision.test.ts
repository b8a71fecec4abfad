import { setImmediate } from 'node:timers/promises'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BatchError, createLimiter, type Decision, type Limiter, memoryStore, type Store } from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { limiterMetrics } from '@sluice/metrics'
import { sluiceInstrumentation, sluiceMetricProducer } from '@sluice/opentelemetry'
import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startServer } from '../faults/server.ts'
import { type Points, pointsOf, seriesOf } from './points.ts'

const server = await startServer()
afterAll(() => server.stop())

/** What is to be tried: the ways in which metrics come to the SDK. */
const ways = ['the instrumentation', 'the producer'] as const
type Way = (typeof ways)[number]

/** Returns what the exporter is given, by metric and attributes, from now on. */
function setUp(way: Way): () => Promise<Points> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const producer = way === 'the producer' ? sluiceMetricProducer() : undefined
  const metricProducers = producer === undefined ? [] : [producer]
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000, metricProducers })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const instrumentation = producer === undefined ? sluiceInstrumentation({ meterProvider }) : undefined
  onTestFinished(async () => {
    producer?.stop()
    instrumentation?.disable()
    await meterProvider.shutdown()
  })
  return async () => {
    exporter.reset()
    await meterProvider.forceFlush()
    return pointsOf(exporter.getMetrics().at(-1))
  }
}

/** What should have been seen, counted from what the callers were told. */
function tally() {
  const counted = new Map<string, number>()
  const add = (name: string, attributes: Readonly<Record<string, string>>, by = 1): void => {
    const series = seriesOf(name, attributes)
    counted.set(series, (counted.get(series) ?? 0) + by)
  }
  const algorithms: Readonly<Record<string, string>> = {
    default: 'leaky-bucket',
    burst: 'token-bucket',
    hourly: 'fixed-window',
  }

  const answered = ({ name }: Limiter, { source, cause }: Decision): void => {
    if (cause === undefined) return
    add('sluice.fallbacks', { 'sluice.limiter': name, 'sluice.source': source, 'error.type': codeOf(cause) })
  }

  const consumed = (limiter: Limiter, decision: Decision): void => {
    const { allowed, policy, source, policies, retryAfterMs, delayMs } = decision
    const own = { 'sluice.limiter': limiter.name }
    answered(limiter, decision)
    add('sluice.decisions', {
      ...own,
      'sluice.policy': policy,
      'sluice.algorithm': algorithms[policy] as string,
      'sluice.outcome': allowed ? 'admitted' : 'refused',
      'sluice.source': source,
    })
    add('sluice.decision.duration', { ...own, 'sluice.source': source })
    if (delayMs > 0) add('sluice.decision.delay', own)
    if (!allowed && Number.isFinite(retryAfterMs))
      add('sluice.decision.retry_after', { ...own, 'sluice.policy': policy })
    if (!allowed || source !== 'store') return
    for (const [name, { used, limit }] of Object.entries(policies)) {
      add('sluice.quota.usage', { ...own, 'sluice.policy': name })
      if (5 * used > 4 * limit) add('sluice.quota.near_limit', { ...own, 'sluice.policy': name })
    }
  }

  const refunded = (limiter: Limiter, decision: Decision): void => {
    answered(limiter, decision)
    add('sluice.refunds', { 'sluice.limiter': limiter.name, 'sluice.source': decision.source })
  }

  const charged = (limiter: Limiter, decision: Decision): void => {
    const { allowed, source } = decision
    answered(limiter, decision)
    const outcome = allowed ? 'within' : 'over'
    add('sluice.charges', { 'sluice.limiter': limiter.name, 'sluice.outcome': outcome, 'sluice.source': source })
  }

  const failed = ({ name }: Limiter, error: Error): void => {
    add('sluice.failures', { 'sluice.limiter': name, 'error.type': codeOf(error) })
  }

  return { counted, charged, consumed, answered, refunded, failed }
}

type Tally = ReturnType<typeof tally>

const names = ['one', 'two', 'three'] as const
const key = fc.constantFrom('ann', 'bob')
const cost = fc.integer({ min: 0, max: 6 })
const name = fc.constantFrom(...names)
// Never drawn: requests at the same time, a signal that fires. They have tests of their own below.
const step = fc.oneof(
  fc.record({ type: fc.constant('consume' as const), name, key, cost }),
  fc.record({ type: fc.constant('many' as const), name, key, cost }),
  fc.record({ type: fc.constant('charge' as const), name, key, cost }),
  fc.record({ type: fc.constant('refund' as const), name, key, cost }),
  fc.record({ type: fc.constant('peek' as const), name, key, cost }),
  fc.record({ type: fc.constant('reset' as const), name, key, cost }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type Limiters = Readonly<Record<(typeof names)[number], Limiter>>

/** By names that no other test uses: what stores hold is added up by name, also of limiters that nobody needs any more. */
function limitersOver(store: Store): Limiters {
  const own = unused()
  return {
    one: createLimiter({ name: `${own}-one`, policy: leakyBucket({ capacity: 5, leak: 1, per: '1h' }), store }),
    two: createLimiter({
      name: `${own}-two`,
      policies: {
        burst: tokenBucket({ capacity: 4, refill: 1, per: '1h' }),
        hourly: fixedWindow({ limit: 10, window: '1h' }),
      },
      store,
      failure: 'closed',
    }),
    three: createLimiter({
      name: `${own}-three`,
      policy: leakyBucket({ capacity: 5, leak: 1, per: '1h' }),
      store,
      failure: 'throw',
    }),
  }
}

async function take({ type, name, key, cost: units }: Step, limiters: Limiters, own: Tally): Promise<void> {
  const limiter = limiters[name]
  // Of two policies now one binds, now the other.
  const cost = name === 'two' ? { burst: units % 2, hourly: 2 * units } : units
  const calls: Readonly<Record<Step['type'], () => Promise<void>>> = {
    consume: async () => own.consumed(limiter, await limiter.consume(key, { cost })),
    many: async () => {
      const decisions = await limiter.consumeMany([{ key, cost }, { key }, { key: 'another' }])
      for (const decision of decisions) own.consumed(limiter, decision)
    },
    charge: async () => own.charged(limiter, await limiter.charge(key, { cost })),
    refund: async () => own.refunded(limiter, await limiter.refund(key, { cost })),
    peek: async () => own.answered(limiter, await limiter.peek(key, { cost })),
    reset: () => limiter.reset(key),
  }
  await calls[type]().catch((error: Error) => {
    const outcomes = error instanceof BatchError ? error.outcomes : [error]
    for (const outcome of outcomes) {
      if (outcome instanceof Error) own.failed(limiter, outcome)
      else own.consumed(limiter, outcome)
    }
  })
}

/** All that is counted of decisions, as it should be. */
function expectSeen({ counted }: Tally, points: Points): void {
  const ofDecisions = [...points].filter(([series]) => !/^sluice\.(store|memory)\./.test(series))
  expect(Object.fromEntries(ofDecisions)).toEqual(Object.fromEntries(counted))
}

interface Opened {
  readonly store: Store
  close(): Promise<void>
}

const stores: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => ({ store: memoryStore(), close: async () => {} }),
  ioredis: async () => {
    const client = new Redis(server.url, forIoredis)
    client.on('error', () => {})
    return { store: ioredisStore({ client, prefix: unused() }), close: async () => client.disconnect() }
  },
  redis: async () => {
    const client = createClient({ url: server.url, ...forRedis })
    client.on('error', () => {})
    await client.connect()
    return { store: redisStore({ client, prefix: unused() }), close: async () => client.destroy() }
  },
}

let opened = 0
function unused(): string {
  opened += 1
  return `metrics-${process.pid}-${opened}`
}

describe.each(ways.flatMap((way) => Object.keys(stores).map((which) => [way, which] as const)))(
  'by %s, over %s',
  (way, which) => {
    const open = async (): Promise<Limiters> => {
      const { store, close } = await (stores[which] as () => Promise<Opened>)()
      onTestFinished(close)
      return limitersOver(store)
    }

    it('the SDK is given exactly the decisions that were made', async () => {
      const exported = setUp(way)
      const own = tally()
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const limiters = await open()
          for (const one of steps) await take(one, limiters, own)
          expectSeen(own, await exported())
        }),
        { numRuns: 20 },
      )
      expect(own.counted.size).toBeGreaterThan(10)
    })

    it('and those that are asked for at the same time, or whose callers leave', async () => {
      const exported = setUp(way)
      const { one, two } = await open()
      const own = tally()
      const leaving = new AbortController()
      const left = one.consume('ann', { signal: leaving.signal })
      const asked = Array.from({ length: 50 }, async (_, i) => {
        const limiter = i % 2 === 0 ? one : two
        own.consumed(limiter, await limiter.consume(`user:${i % 5}`))
      })
      leaving.abort()
      // A store in memory has decided by then.
      await left.then(
        (decision) => own.consumed(one, decision),
        () => {},
      )
      await Promise.all(asked)
      expectSeen(own, await exported())
    })
  },
)

const servers = ['ioredis', 'redis'] as const
describe.each(ways.flatMap((way) => servers.map((which) => [way, which] as const)))(
  'by %s, over %s, whose server is killed and comes back',
  (way, which) => {
    it('the SDK is given exactly the decisions that were made, and by whom', async () => {
      const { store, close } = await (stores[which] as () => Promise<Opened>)()
      onTestFinished(close)
      const exported = setUp(way)
      const limiters = limitersOver(store)
      const own = tally()
      const steps = fc.sample(step, { numRuns: 60, seed: 19 })

      for (const one of steps) await take(one, limiters, own)
      await server.kill()
      for (const one of steps) await take(one, limiters, own)
      expectSeen(own, await exported())
      const down = await exported()
      const open = { 'sluice.limiter': limiters.one.name, 'sluice.breaker.state': 'open' }
      expect(down.at('sluice.store.breakers', open)).toBe(1)
      expect(down.sumOf('sluice.store.errors')).toBeGreaterThanOrEqual(5)
      expect(down.sumOf('sluice.fallbacks')).toBeGreaterThan(30)

      await server.start()
      for (const limiter of Object.values(limiters)) {
        for (let isBack = false; !isBack; await setImmediate()) {
          isBack = await limiter.consume('ann').then(
            (decision) => {
              own.consumed(limiter, decision)
              return decision.source === 'store'
            },
            (error: Error) => {
              own.failed(limiter, error)
              return false
            },
          )
        }
      }
      for (const one of steps) await take(one, limiters, own)
      expectSeen(own, await exported())
      const up = await exported()
      expect(up.at('sluice.store.breakers', open)).toBe(0)
      expect(up.at('sluice.store.breakers', { ...open, 'sluice.breaker.state': 'closed' })).toBe(1)
    })

    it('and says what waits', async () => {
      const { store, close } = await (stores[which] as () => Promise<Opened>)()
      onTestFinished(close)
      const { one } = limitersOver(store)
      // The first decision of a store reads the clock of the server.
      await one.consume('ann')
      const metrics = limiterMetrics()
      onTestFinished(metrics.stop)
      const read = () => {
        const snapshot = metrics.snapshot()
        const gauge = (name: 'sluice.store.pending_requests' | 'sluice.store.active_scripts'): number | undefined =>
          snapshot[name].find(({ attributes }) => attributes['sluice.limiter'] === one.name)?.value
        const sent = snapshot['sluice.store.batch.size'][0]
        const gauges = { pending: gauge('sluice.store.pending_requests'), active: gauge('sluice.store.active_scripts') }
        return { ...gauges, scripts: sent?.count, requests: sent?.sum }
      }
      expect(read()).toMatchObject({ pending: 0, active: 0 })
      const asked = Array.from({ length: 10 }, (_, i) => one.consume(`user:${i}`))
      const meanwhile = read()
      expect(meanwhile).toMatchObject({ pending: 10, active: meanwhile.scripts })
      await Promise.all(asked)
      expect(read()).toMatchObject({ pending: 0, active: 0, requests: 10 })
    })
  },
)
