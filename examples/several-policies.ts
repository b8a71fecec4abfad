import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({
  policies: {
    requests: tokenBucket({ capacity: 20, refill: 10, per: '1s' }),
    tokens: fixedWindow({ limit: 1000, window: '1d', align: 'first-request' }),
  },
})

const first = await limiter.consume('tenant:7', { cost: { tokens: 900 } })
console.log(first.allowed, first.policies.tokens?.remaining) // true 100

const second = await limiter.consume('tenant:7', { cost: { tokens: 200 } })
console.log(second.allowed, second.policy) // false tokens: it binds, and `requests` was not charged either

// The model answered with less than was reserved: give the rest back.
const present = await limiter.refund('tenant:7', { cost: { requests: 0, tokens: 400 }, of: first })
console.log(present.policies.tokens?.remaining) // 500

// And then it took more after all: what has happened is counted, whatever is left.
const spent = await limiter.charge('tenant:7', { cost: { requests: 0, tokens: 700 } })
console.log(spent.allowed, spent.policies.tokens?.used) // false 1200
