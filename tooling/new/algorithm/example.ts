import { createLimiter, plainWindow } from '@sluice/plain-window'

const limiter = createLimiter({ policy: plainWindow({ limit: 100, window: '1h' }) })

const { allowed, remaining, resetAfterMs } = await limiter.consume('user:123')
console.log(allowed, remaining, resetAfterMs) // true 99 3600000
