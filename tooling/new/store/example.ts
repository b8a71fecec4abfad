import { createLimiter } from '@sluice/core'
import { plainShelfStore, type Shelf } from '@sluice/store-plain-shelf'
import { tokenBucket } from '@sluice/token-bucket'

const shelf: Shelf = new Map()
const store = plainShelfStore({ shelf })
const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 5, refill: 2, per: '1s' }), store })

console.log(limiter.consumeSync('user:123').remaining) // 4
console.log(shelf.size) // 1
