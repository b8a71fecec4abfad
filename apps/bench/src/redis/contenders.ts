import { createRequire } from 'node:module'
import { createLimiter, type Policy, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { type IoredisClient, ioredisStore } from '@sluice/store-ioredis'
import { redisStore } from '@sluice/store-redis'
import { tokenBucket } from '@sluice/token-bucket'
import { type Contender, type Quota, quotas } from '../contender.ts'
import { type ClientKind, type Connected, loadScript } from './connect.ts'
import { upstashClient } from './upstash-client.ts'

/** A contender that keeps its state in Redis. */
export interface RedisContender {
  readonly name: string
  /** The package of the peer; none for ours and for what the client itself can do. */
  readonly peer?: string
  /** Decides the same as ours with one policy: what the goals compare. */
  readonly rival?: true
  /** The only client that it works with. */
  readonly only?: ClientKind
  open(connected: Connected, quota: Quota): Promise<Contender>
}

const hourMs = 3_600_000

/** All that is compared over Redis: windows of an hour, and buckets that get back a unit a minute. */
export const redisContenders: readonly RedisContender[] = [
  { name: 'sluice, merged', open: async (to, quota) => ours(to, { bucket: bucket(quota) }, 'merge') },
  { name: 'sluice, one by one', open: async (to, quota) => ours(to, { bucket: bucket(quota) }, 'alone') },
  { name: 'sluice, two policies, merged', open: async (to, quota) => ours(to, two(quota), 'merge') },
  { name: 'sluice, two policies, one by one', open: async (to, quota) => ours(to, two(quota), 'alone') },
  { name: "bare EVALSHA of sluice's script", open: openOwnScript },
  { name: 'bare EVALSHA', open: openEvalsha },
  { name: 'bare INCR', open: async ({ incr }) => decides(incr, (count) => count > 0) },
  { name: 'rate-limiter-flexible', peer: 'rate-limiter-flexible', rival: true, open: openFlexible },
  { name: 'rate-limiter-flexible, two limiters', peer: 'rate-limiter-flexible', open: openTwoFlexible },
  { name: 'rate-limit-redis', peer: 'rate-limit-redis', rival: true, open: openRateLimitRedis },
  { name: '@fastify/rate-limit', peer: '@fastify/rate-limit', rival: true, only: 'ioredis', open: openFastify },
  {
    name: '@upstash/ratelimit, token bucket',
    peer: '@upstash/ratelimit',
    rival: true,
    open: (to, quota) => openUpstash(to, quota, 'tokenBucket'),
  },
  {
    name: '@upstash/ratelimit, fixed window',
    peer: '@upstash/ratelimit',
    rival: true,
    open: (to, quota) => openUpstash(to, quota, 'fixedWindow'),
  },
]

/** The contenders that work with a client. */
export function contendersOver(kind: ClientKind): readonly RedisContender[] {
  return redisContenders.filter(({ only }) => only === undefined || only === kind)
}

/** A token bucket that admits everything, or nothing but its first request. */
export function bucket(quota: Quota): Policy {
  return tokenBucket({ capacity: quotas[quota], refill: 1, per: '1m' })
}

/** A fixed window of the same quota. */
export function window(quota: Quota): Policy {
  return fixedWindow({ limit: quotas[quota], window: '1h' })
}

/** Both in one decision. */
export function two(quota: Quota): Readonly<Record<string, Policy>> {
  return { bucket: bucket(quota), window: window(quota) }
}

function ours(connected: Connected, policies: Readonly<Record<string, Policy>>, sending: 'merge' | 'alone'): Contender {
  const limiter = createLimiter({
    policies,
    name: `bench-${sending}`,
    store: storeOver(connected, sending),
    failure: 'throw',
  })
  return decides(limiter.consume, ({ allowed }) => allowed)
}

function storeOver(connected: Connected, sending: 'merge' | 'alone'): Store {
  const merge = sending === 'merge'
  return connected.kind === 'ioredis'
    ? ioredisStore({ client: connected.client, merge })
    : redisStore({ client: connected.client, merge })
}

function decides<T>(decide: (key: string) => Promise<T>, admitted: (outcome: T) => boolean): Contender {
  return { decide, admits: async (key) => admitted(await decide(key)) }
}

async function openEvalsha(connected: Connected): Promise<Contender> {
  const sha = await loadScript(connected, 'return 1')
  return decides(
    (key) => connected.evalsha(sha, key, []),
    (outcome) => outcome === 1,
  )
}

/** The script of one of our decisions, called with the same arguments: what is left without a limiter. */
async function openOwnScript(connected: Connected, quota: Quota): Promise<Contender> {
  let [sha, stored, args]: [string, string, readonly string[]] = ['', '', []]
  const recorder: IoredisClient = {
    status: 'ready',
    isCluster: false,
    evalsha: (...[hash, , key = '', ...rest]) => {
      ;[sha, stored, args] = [hash, key, rest]
      return connected.evalsha(hash, key, rest)
    },
    eval: (source, keyCount, ...rest) => connected.send(['EVAL', source, `${keyCount}`, ...rest]),
  }
  const limiter = createLimiter({
    policy: bucket(quota),
    name: 'bench-script',
    store: ioredisStore({ client: recorder }),
    failure: 'throw',
    // What was recorded is void after it.
    deadline: '1h',
  })
  await limiter.peek('recorded')
  await limiter.consume('recorded')
  return decides(
    (key) => connected.evalsha(sha, stored.replace('recorded', key), args),
    (reply) => Number(String(reply).split(' ')[2]) < quotas[quota],
  )
}

async function openFlexible(connected: Connected, quota: Quota): Promise<Contender> {
  const limiter = await flexible(connected, quota, 'bench-flexible')
  return {
    decide: (key) => limiter.consume(key),
    admits: (key) => accepted(limiter.consume(key)),
  }
}

async function openTwoFlexible(connected: Connected, quota: Quota): Promise<Contender> {
  const first = await flexible(connected, quota, 'bench-flexible-1')
  const second = await flexible(connected, quota, 'bench-flexible-2')
  const decide = (key: string): Promise<unknown> => Promise.all([first.consume(key), second.consume(key)])
  return { decide, admits: (key) => accepted(decide(key)) }
}

async function flexible({ kind, client }: Connected, quota: Quota, keyPrefix: string) {
  const { RateLimiterRedis } = await import('rate-limiter-flexible')
  return new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: kind === 'redis',
    points: quotas[quota],
    duration: hourMs / 1000,
    keyPrefix,
  })
}

function accepted(outcome: Promise<unknown>): Promise<boolean> {
  return outcome.then(
    () => true,
    () => false,
  )
}

async function openRateLimitRedis({ send }: Connected, quota: Quota): Promise<Contender> {
  const { RedisStore } = await import('rate-limit-redis')
  const store = new RedisStore({ sendCommand: (...command: string[]) => send(command) as Promise<number[]> })
  await store.init({ windowMs: hourMs } as Parameters<typeof store.init>[0])
  return decides(
    (key) => store.increment(key),
    ({ totalHits }) => totalHits <= quotas[quota],
  )
}

interface FastifyStore {
  incr(
    key: string,
    done: (error: Error | null, found: { readonly current: number }) => void,
    windowMs: number,
    max: number,
  ): void
}

async function openFastify({ client }: Connected, quota: Quota): Promise<Contender> {
  const load = createRequire(import.meta.url)
  const Store = load('@fastify/rate-limit/store/RedisStore.js') as new (
    continueExceeding: boolean,
    exponentialBackoff: boolean,
    client: unknown,
  ) => FastifyStore
  const store = new Store(false, false, client)
  const decide = (key: string): Promise<{ readonly current: number }> =>
    new Promise((resolve, reject) => {
      store.incr(key, (error, found) => (error ? reject(error) : resolve(found)), hourMs, quotas[quota])
    })
  return decides(decide, ({ current }) => current <= quotas[quota])
}

async function openUpstash(
  connected: Connected,
  quota: Quota,
  algorithm: 'tokenBucket' | 'fixedWindow',
): Promise<Contender> {
  const { Ratelimit } = await import('@upstash/ratelimit')
  const limit = quotas[quota]
  const limiter = new Ratelimit({
    redis: upstashClient(connected) as unknown as ConstructorParameters<typeof Ratelimit>[0]['redis'],
    limiter: algorithm === 'tokenBucket' ? Ratelimit.tokenBucket(1, '1 m', limit) : Ratelimit.fixedWindow(limit, '1 h'),
    prefix: `bench-upstash-${algorithm}`,
    // All that could make it faster than its script, or slower: a cache of refusals, a timer for each call, a report.
    ephemeralCache: false,
    timeout: 0,
    enableTelemetry: false,
  })
  return decides(
    (key) => limiter.limit(key),
    ({ success }) => success,
  )
}
