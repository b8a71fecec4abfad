import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'

// A store is one method, and one verb behind it. This one counts the batches on their way into another.
let batches = 0
const inner = memoryStore()
const counting: Store = {
  bind(limiter) {
    const gate = inner.bind(limiter)
    return {
      apply(asks) {
        batches += 1
        return gate.apply(asks)
      },
    }
  },
}

const limiter = createLimiter({
  name: 'api',
  policy: tokenBucket({ capacity: 5, refill: 1, per: '1s' }),
  store: counting,
})
await limiter.consumeMany([{ key: 'a' }, { key: 'b' }, { key: 'c' }])
console.log(batches) // 1
