import { createLimiter, tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({ policy: tokenBucket({ capacity: 100, refill: 10, per: '1s' }) })

const batch = await limiter.consume('ann', { cost: 60 })
console.log(batch.allowed, batch.remaining) // true 40

console.log((await limiter.consume('ann', { cost: 60 })).retryAfterMs <= 2000) // true: when 20 more have come back
console.log((await limiter.consume('ann', { cost: 200 })).retryAfterMs === Infinity) // true: more than it ever holds

// Half of the batch was not needed.
console.log((await limiter.refund('ann', { cost: 30, of: batch })).remaining >= 70) // true
