import { createLimiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { boundaryBurst, burst, retryStorm, simulate, spike, steady, virtualClock } from '@sluice/simulation'

const nothing: undefined = undefined

/** Whether traffic of every pattern is sent through a limiter. */
export async function worksInVirtualTime(): Promise<boolean> {
  const patterns = [
    steady({ duration: '1s', rate: 10, per: '1s', seed: nothing, key: nothing, cost: nothing }),
    burst({ duration: '1s', size: 5, every: '500ms', spread: nothing }),
    boundaryBurst({ duration: '2s', size: 5, window: '1s', spread: nothing }),
    spike({ duration: '3s', rate: 1, peak: 5, per: '1s', from: nothing, lasting: nothing, seed: nothing }),
    retryStorm({ duration: '1s', clients: 2, every: '500ms', pause: '100ms', attempts: nothing, seed: nothing }),
  ]
  for (const pattern of patterns) {
    const clock = virtualClock(0)
    const store = memoryStore({ clock: clock.now })
    const limiter = createLimiter({ name: 'sim', policy: fixedWindow({ limit: 1, window: '1d' }), store })
    const traffic = { ...pattern, retry: pattern.retry }
    const { totals } = await simulate({ traffic, limiter, clock, bucket: '1s', window: '1s' })
    if (totals.admitted !== 1) return false
  }
  return true
}
