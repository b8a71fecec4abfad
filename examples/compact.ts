import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { compactStore } from '@sluice/store-compact'

const store = compactStore({ maxKeys: 2_000_000 })
const limiter = createLimiter({ name: 'api', policy: fixedWindow({ limit: 100, window: '1h' }), store })

console.log(limiter.consumeSync('user:123').remaining) // 99
console.log(store.size) // 1
