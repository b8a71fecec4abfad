import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'

const limiter = createLimiter({
  policies: {
    daily: fixedWindow({ limit: 1000, window: '1d' }),
    // New: nobody knows yet whom it would refuse.
    minute: fixedWindow({ limit: 2, window: '1m' }),
  },
  mode: { minute: 'shadow' },
})

await limiter.consume('ann')
await limiter.consume('ann')
const third = await limiter.consume('ann')
console.log(third.allowed, third.policy) // true daily
console.log(third.shadow?.allowed, third.policies.minute?.shadow?.allowed) // false false
