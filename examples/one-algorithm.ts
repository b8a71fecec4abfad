import { createLimiter, tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({ policy: tokenBucket({ capacity: 5, refill: 2, per: '1s' }) })

const decision = await limiter.consume('user:123')
if (decision.allowed) console.log(`go ahead, ${decision.remaining} left`)
else console.log(`come back in ${Math.ceil(decision.retryAfterMs / 1000)} s`)
