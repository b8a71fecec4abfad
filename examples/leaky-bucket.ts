import { createLimiter, leakyBucket } from '@sluice/leaky-bucket'

const limiter = createLimiter({ policy: leakyBucket({ capacity: 3, leak: 2, per: '1s' }) })

const decisions = await limiter.consumeMany([{ key: 'mail' }, { key: 'mail' }, { key: 'mail' }, { key: 'mail' }])
console.log(decisions.map(({ allowed, delayMs }) => (allowed ? `goes in ${delayMs} ms` : 'refused')))
