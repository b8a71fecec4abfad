import { createLimiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { boundaryBurst, simulate, virtualClock } from '@sluice/simulation'

const clock = virtualClock(Date.UTC(2026, 0, 1))
const limiter = createLimiter({
  name: 'api',
  policy: fixedWindow({ limit: 10, window: '1s', align: 'epoch' }),
  store: memoryStore({ clock: clock.now }),
})

const traffic = boundaryBurst({ size: 10, window: '1s', spread: '50ms', duration: '5s' })
const { totals, worstWindow } = await simulate({ traffic, limiter, clock, bucket: '100ms', window: '1s' })

console.log(totals.admitted, totals.refused, worstWindow?.units) // 50 30 20: twice the limit within one second
