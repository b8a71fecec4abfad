import { createLimiter } from '@sluice/core'
import { leakyBucket } from '@sluice/leaky-bucket'

// Their API takes 20 requests a second, evenly spaced.
const limiter = createLimiter({ policy: leakyBucket({ capacity: 100, leak: 20, per: '1s' }) })

const began = Date.now()
for (const _ of [1, 2, 3]) await limiter.wait('their-api')
console.log(Date.now() - began >= 100) // true: the second 50 ms after the first, the third 50 ms after the second

await limiter.consume('their-api', { cost: 90 })
const { allowed, retryAfterMs } = await limiter.wait('their-api', { maxWait: '10ms' })
console.log(allowed, retryAfterMs > 0) // false true: its turn would come four seconds later
