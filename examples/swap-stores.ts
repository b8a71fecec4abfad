import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { createLimiter, memoryStore, tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const ioredis = new Redis(url, forIoredis)
ioredis.on('error', console.error)
const redis = createClient({ url, ...forRedis })
redis.on('error', console.error) // without a listener, a lost connection ends the process
await redis.connect()

const stores = {
  memory: memoryStore(),
  ioredis: ioredisStore({ client: ioredis, prefix: 'example-ioredis' }),
  redis: redisStore({ client: redis, prefix: 'example-redis' }),
}
for (const [name, store] of Object.entries(stores)) {
  const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }), store })
  const requests = [{ key: 'user:123' }, { key: 'user:123' }, { key: 'user:123' }]
  const decisions = await limiter.consumeMany(requests)
  console.log(
    name,
    decisions.map(({ allowed }) => allowed),
  )
  await limiter.reset('user:123')
}

ioredis.disconnect()
await redis.close()
