import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({
  policies: {
    ip: fixedWindow({ limit: 100, window: '1m' }),
    user: tokenBucket({ capacity: 1, refill: 1, per: '1h' }),
  },
  slot: 'limiter',
})

const ann = await limiter.consume({ ip: '192.0.2.7', user: 'ann' })
console.log(ann.allowed, ann.policies.ip?.remaining) // true 99

const again = await limiter.consume({ ip: '192.0.2.7', user: 'ann' })
console.log(again.allowed, again.policy) // false user: it binds, and nothing was counted for the address

const bob = await limiter.consume({ ip: '192.0.2.7', user: 'bob' })
console.log(bob.allowed, bob.policies.ip?.remaining) // true 98
