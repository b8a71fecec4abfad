import { createLimiter, slidingLog } from '@sluice/sliding-log'

const limiter = createLimiter({ policy: slidingLog({ limit: 3, window: '1m' }) })

const attempts = ['wrong', 'wrong', 'wrong', 'wrong']
const decisions = await limiter.consumeMany(attempts.map(() => ({ key: 'login:ada' })))
console.log(decisions.map(({ allowed }) => allowed)) // three true, then false
