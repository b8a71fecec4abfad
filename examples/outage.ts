import { createLimiter, type LimiterEvent } from '@sluice/core'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'

// Nothing listens on port 1: the store cannot answer.
const client = new Redis({ port: 1, ...recommendedOptions })
client.on('error', () => {}) // ioredis would print each failure to connect

const events: LimiterEvent[] = []
const limiter = createLimiter({
  name: 'login',
  policy: tokenBucket({ capacity: 8, refill: 1, per: '1m' }),
  store: ioredisStore({ client }),
  deadline: '100ms', // a decision settles by then
  failure: 'local', // a limiter in this process decides meanwhile
  processes: 4, // each of four processes gives out a fourth of the quota
  onEvent: (event) => events.push(event),
})

const decision = await limiter.consume('user:123')
console.log(decision.allowed, decision.remaining, decision.source) // true 1 local
console.log(events[0]?.type) // fallback
client.disconnect()
