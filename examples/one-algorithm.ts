import { createLimiter, tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({ policy: tokenBucket({ capacity: 5, refill: 2, per: '1s' }) })

const { allowed, remaining, retryAfterMs } = await limiter.consume('user:123')
if (allowed) console.log(`go ahead, ${remaining} left`)
else if (retryAfterMs === Infinity) console.log('never: it costs more than the bucket holds')
else console.log(`come back in ${Math.ceil(retryAfterMs / 1000)} s`)
