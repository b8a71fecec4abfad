import { limiterMetrics } from '@sluice/metrics'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'

// Once in a process: it counts what all limiters do from now on.
const metrics = limiterMetrics()

const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })
for (let i = 0; i < 5; i += 1) await limiter.consume('user:123')

for (const { attributes, value } of metrics.snapshot()['sluice.decisions']) {
  console.log(attributes['sluice.limiter'], attributes['sluice.outcome'], value)
}
