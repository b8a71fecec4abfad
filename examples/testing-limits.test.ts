import { createLimiter, fixedWindow, memoryStore } from '@sluice/fixed-window'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
})

it('lets a client in again after an hour, by fake timers', async () => {
  vi.useFakeTimers() // in Jest: jest.useFakeTimers()
  const limiter = createLimiter({ policy: fixedWindow({ limit: 1, window: '1h', align: 'first-request' }) })

  expect((await limiter.consume('ann')).allowed).toBe(true)
  expect((await limiter.consume('ann')).retryAfterMs).toBe(3_600_000)

  vi.advanceTimersByTime(3_600_000)
  expect((await limiter.consume('ann')).allowed).toBe(true)
})

it('lets a client in again after an hour, by a clock of its own', async () => {
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
