import { createLimiter, fixedWindow } from '@sluice/fixed-window'

const limiter = createLimiter({ policy: fixedWindow({ limit: 100, window: '1h' }) })

const { allowed, remaining, resetAfterMs } = await limiter.consume('10.0.0.7')
console.log(allowed, remaining, resetAfterMs <= 3_600_000) // true 99 true
