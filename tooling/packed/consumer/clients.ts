// Every store, over every client that it takes; nothing is connected.
import { createLimiter, type Limiter, type Store } from '@sluice/core'
import { recommendedOptions as forIoredis, ioredisStore, recommendedClusterOptions } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { tokenBucket } from '@sluice/token-bucket'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'

const nothing: undefined = undefined

/** A limiter over each of them. */
export function limitersOverRedis(): readonly Limiter[] {
  const leftOut = { prefix: nothing, clock: nothing, merge: nothing, maxPending: nothing }
  const sentinels = { name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }], nodeClientOptions: forRedis }
  const stores: readonly Store[] = [
    ioredisStore({ client: new Redis({ ...forIoredis, lazyConnect: true }), ...leftOut }),
    ioredisStore({ client: new Cluster([{ port: 1 }], { ...recommendedClusterOptions, lazyConnect: true }) }),
    redisStore({ client: createClient({ url: 'redis://127.0.0.1:1', ...forRedis }), ...leftOut }),
    redisStore({ client: createClient({ ...forRedis, RESP: 3 }) }),
    redisStore({ client: createClient({ ...forRedis, RESP: 2, modules: {}, functions: {}, scripts: {} }) }),
    redisStore({ client: createClientPool({ ...forRedis }) }),
    redisStore({ client: createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }], defaults: forRedis }) }),
    redisStore({ client: createSentinel(sentinels) }),
  ]
  const policy = tokenBucket({ capacity: 1, refill: 1, per: '1s' })
  return stores.map((store) => createLimiter({ name: 'api', policy, store }))
}

console.log(limitersOverRedis().length === 8 ? 'works' : 'does not work')
