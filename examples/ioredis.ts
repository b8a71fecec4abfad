import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', recommendedOptions)
client.on('error', console.error)

const store = ioredisStore({ client, prefix: 'example' })
const limiter = createLimiter({ name: 'api', policy: fixedWindow({ limit: 100, window: '1h' }), store })

console.log((await limiter.consume('user:123')).remaining)

await limiter.reset('user:123')
client.disconnect()
