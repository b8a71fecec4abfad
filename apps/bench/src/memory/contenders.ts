import { createRequire } from 'node:module'
import { createLimiter, memoryStore, type Policy, type SyncStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { compactStore } from '@sluice/store-compact'
import { tokenBucket } from '@sluice/token-bucket'
import { type Contender, type Quota, quotas } from '../contender.ts'
import { handWritten } from './hand-written.ts'

/** A contender that keeps its state in this process. */
export interface MemoryContender {
  readonly name: string
  /** The package of the peer; none for ours and for what is written by hand. */
  readonly peer?: string
  /** Whether it answers at once, or with a promise. */
  readonly answers: 'at once' | 'later'
  open(quota: Quota): Promise<Contender>
}

/** Room for all keys of all cases, for those that take a bound. */
const room = 2_000_000

/** How long a window is, in ms, and in how many a bucket is given back so much. */
const periods: Readonly<Record<Quota, number>> = { ample: 3_600_000, spent: 3_600_000, brief: 1 }
const refills: Readonly<Record<Quota, number>> = { ample: 1, spent: 1, brief: quotas.brief }

/** All that is compared in memory. */
export const memoryContenders: readonly MemoryContender[] = [
  {
    name: 'the limit: a Map of two doubles, by hand',
    answers: 'at once',
    open: async (quota) => byHand(quota),
  },
  {
    name: 'sluice, token bucket',
    answers: 'at once',
    open: async (quota) => sync(bucket(quota), memoryStore({ maxKeys: room })),
  },
  {
    name: 'sluice, token bucket, compact store',
    answers: 'at once',
    open: async (quota) => sync(bucket(quota), compactStore({ maxKeys: room })),
  },
  {
    name: 'sluice, fixed window',
    answers: 'at once',
    open: async (quota) => sync(window(quota), memoryStore({ maxKeys: room })),
  },
  { name: 'sluice, token bucket, asynchronous', answers: 'later', open: async (quota) => async(bucket(quota)) },
  { name: 'limiter, TokenBucket', peer: 'limiter', answers: 'at once', open: openLimiter },
  { name: '@fastify/rate-limit, LocalStore', peer: '@fastify/rate-limit', answers: 'at once', open: openFastify },
  { name: 'express-rate-limit, MemoryStore', peer: 'express-rate-limit', answers: 'later', open: openExpress },
  { name: 'rate-limiter-flexible, Memory', peer: 'rate-limiter-flexible', answers: 'later', open: openFlexible },
]

function bucket(quota: Quota): Policy {
  return tokenBucket({ capacity: quotas[quota], refill: refills[quota], per: `${periods[quota]}ms` })
}

function window(quota: Quota): Policy {
  return fixedWindow({ limit: quotas[quota], window: `${periods[quota]}ms`, align: 'first-request' })
}

function byHand(quota: Quota): Contender {
  const decide = handWritten({ capacity: quotas[quota], refillPerMs: refills[quota] / periods[quota] })
  return { decide, admits: async (key) => decide(key) }
}

function sync(policy: Policy, store: SyncStore): Contender {
  const limiter = createLimiter({ policy, name: 'bench', store })
  return { decide: (key) => limiter.consumeSync(key), admits: async (key) => limiter.consumeSync(key).allowed }
}

function async(policy: Policy): Contender {
  const limiter = createLimiter({ policy, name: 'bench', store: memoryStore({ maxKeys: room }) })
  return { decide: (key) => limiter.consume(key), admits: async (key) => (await limiter.consume(key)).allowed }
}

async function openLimiter(quota: Quota): Promise<Contender> {
  const { TokenBucket } = await import('limiter')
  const buckets = new Map<string, InstanceType<typeof TokenBucket>>()
  const decide = (key: string): boolean => {
    let one = buckets.get(key)
    if (one === undefined) {
      one = new TokenBucket({ bucketSize: quotas[quota], tokensPerInterval: refills[quota], interval: periods[quota] })
      one.content = quotas[quota]
      buckets.set(key, one)
    }
    return one.tryRemoveTokens(1)
  }
  return { decide, admits: async (key) => decide(key) }
}

interface LocalStore {
  incr(
    key: string,
    done: (error: Error | null, found: { current: number }) => void,
    windowMs: number,
    max: number,
  ): void
}

async function openFastify(quota: Quota): Promise<Contender> {
  const load = createRequire(import.meta.url)
  const Store = load('@fastify/rate-limit/store/LocalStore.js') as new (
    a: boolean,
    b: boolean,
    room: number,
  ) => LocalStore
  const store = new Store(false, false, room)
  let current = 0
  const decide = (key: string): number => {
    store.incr(
      key,
      (_, found) => {
        current = found.current
      },
      periods[quota],
      quotas[quota],
    )
    return current
  }
  return { decide, admits: async (key) => decide(key) <= quotas[quota] }
}

async function openExpress(quota: Quota): Promise<Contender> {
  const { MemoryStore } = await import('express-rate-limit')
  const store = new MemoryStore()
  store.init({ windowMs: periods[quota] } as Parameters<typeof store.init>[0])
  return {
    decide: (key) => store.increment(key),
    admits: async (key) => (await store.increment(key)).totalHits <= quotas[quota],
  }
}

async function openFlexible(quota: Quota): Promise<Contender> {
  const { RateLimiterMemory } = await import('rate-limiter-flexible')
  const limiter = new RateLimiterMemory({ points: quotas[quota], duration: periods[quota] / 1000 })
  return {
    decide: (key) => limiter.consume(key),
    admits: (key) =>
      limiter.consume(key).then(
        () => true,
        () => false,
      ),
  }
}
