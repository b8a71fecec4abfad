import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', recommendedOptions)
client.on('error', console.error)

const policy = tokenBucket({ capacity: 20, refill: 10, per: '1s' })
const limiter = createLimiter({ name: 'search', policy, store: ioredisStore({ client }) })

console.log((await limiter.consume('user:123')).remaining) // 19
await limiter.reset('user:123')
client.disconnect()
