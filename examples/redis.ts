import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { recommendedOptions, redisStore } from '@sluice/store-redis'
import { createClient } from 'redis'

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const client = createClient({ url, ...recommendedOptions })
client.on('error', console.error) // without a listener, a lost connection ends the process
await client.connect()

const store = redisStore({ client, prefix: 'example' })
const limiter = createLimiter({ name: 'api', policy: fixedWindow({ limit: 100, window: '1h' }), store })

console.log((await limiter.consume('user:123')).remaining)

await limiter.reset('user:123')
await client.close()
