import { createLimiter, slidingCounter } from '@sluice/sliding-counter'

const limiter = createLimiter({ policy: slidingCounter({ limit: 100, window: '1h' }) })

const { allowed, remaining, retryAfterMs } = await limiter.consume('user:123')
console.log(allowed, remaining, retryAfterMs) // true 99 0
