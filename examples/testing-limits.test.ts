import { createLimiter, fixedWindow, memoryStore } from '@sluice/fixed-window'
import { expect, it } from 'vitest'

it('lets a client in again after an hour', async () => {
  let now = Date.UTC(2026, 0, 1)
  const limiter = createLimiter({
    name: 'exports',
    policy: fixedWindow({ limit: 1, window: '1h' }),
    store: memoryStore({ clock: () => now }),
  })

  expect((await limiter.consume('ann')).allowed).toBe(true)
  expect((await limiter.consume('ann')).retryAfterMs).toBe(3_600_000)

  now += 3_600_000
  expect((await limiter.consume('ann')).allowed).toBe(true)
})
