import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { expect, it } from 'vitest'
import { boundaryBurst } from './boundary-burst.ts'
import { burst } from './burst.ts'
import { retryStorm } from './retry-storm.ts'
import { simulate, type Timeline } from './simulate.ts'
import { steady } from './steady.ts'
import type { Traffic } from './traffic.ts'
import { virtualClock } from './virtual-clock.ts'

const start = Date.UTC(2026, 0, 1)

function run(policy: Policy, traffic: Traffic, bucket = 1000): Promise<Timeline> {
  const clock = virtualClock(start)
  const limiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: clock.now }) })
  return simulate({ traffic, limiter, clock, bucket, window: '1s' })
}

it('reports what was asked, admitted and refused in each bucket, and in all', async () => {
  const timeline = await run(fixedWindow({ limit: 2, window: '1s' }), steady({ rate: 3, per: '1s', duration: '2s' }))
  expect(timeline).toEqual({
    start,
    bucketMs: 1000,
    buckets: [
      { at: start, asked: 3, admitted: 2, refused: 1, delayed: 0, departed: 2 },
      { at: start + 1000, asked: 3, admitted: 2, refused: 1, delayed: 0, departed: 2 },
    ],
    totals: { asked: 6, admitted: 4, refused: 2, delayed: 0, departed: 4 },
    longestDelayMs: 0,
    worstWindow: { key: 'client', start, units: 2 },
  })
})

it('shows who lets twice the limit through around a boundary', async () => {
  const traffic = boundaryBurst({ size: 10, window: '1s', spread: 50, duration: '3s' })
  const worst = async (policy: Policy): Promise<number | undefined> => (await run(policy, traffic)).worstWindow?.units

  expect(await worst(fixedWindow({ limit: 10, window: '1s', align: 'epoch' }))).toBe(20)
  expect(await worst(slidingLog({ limit: 10, window: '1s' }))).toBe(10)
  expect(await worst(tokenBucket({ capacity: 10, refill: 10, per: '1s' }))).toBe(10)
  expect(await worst(leakyBucket({ capacity: 10, leak: 10, per: '1s' }))).toBe(10)
})

it('lets delayed requests depart when their turn comes, and says who still waits at the end', async () => {
  const traffic = burst({ size: 6, every: '2s', duration: '3s' })
  const { buckets, totals, longestDelayMs } = await run(leakyBucket({ capacity: 5, leak: 2, per: '1s' }), traffic)

  expect(buckets.map(({ admitted, refused, delayed }) => ({ admitted, refused, delayed }))).toEqual([
    { admitted: 0, refused: 0, delayed: 0 },
    { admitted: 5, refused: 1, delayed: 4 },
    { admitted: 0, refused: 0, delayed: 0 },
  ])
  expect(buckets.map(({ departed }) => departed)).toEqual([0, 2, 2])
  expect(totals).toEqual({ asked: 6, admitted: 5, refused: 1, delayed: 4, departed: 4 })
  expect(longestDelayMs).toBe(2000)
})

it('brings refused clients back after their pause, until they are admitted', async () => {
  const traffic = retryStorm({ clients: 4, every: '1s', pause: 300, duration: '1s' })
  const { buckets } = await run(fixedWindow({ limit: 2, window: '500ms' }), traffic, 100)

  // Asked at 0, 250, 500 and 750: all admitted, two in each window.
  expect(buckets.map(({ asked }) => asked)).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 0, 0])

  const strict = await run(fixedWindow({ limit: 1, window: '500ms' }), traffic, 100)
  // 250 comes back at 550 and 850; 750 would at 1050, after the end.
  expect(strict.buckets.map(({ asked }) => asked)).toEqual([1, 0, 1, 0, 0, 2, 0, 1, 1, 0])
  expect(strict.totals).toEqual({ asked: 6, admitted: 2, refused: 4, delayed: 0, departed: 2 })
})

it('asks in the last ms of the traffic, and no later', async () => {
  const asked = async (pause: number): Promise<number> => {
    const traffic = steady({ rate: 1, per: '1s', duration: '1s', cost: 2 })
    const { totals } = await run(fixedWindow({ limit: 1, window: '1s' }), { ...traffic, retry: { pause, attempts: 1 } })
    return totals.asked
  }
  expect(await asked(999)).toBe(2)
  expect(await asked(1000)).toBe(1)
})

it('counts no departure after the end, even where the last bucket reaches past it', async () => {
  const traffic = { ...burst({ size: 2, every: 900, duration: 1000 }), duration: 950 }
  const { buckets, totals } = await run(leakyBucket({ capacity: 2, leak: 1, per: '1s' }), traffic, 2000)
  expect(buckets).toHaveLength(1)
  expect(totals).toMatchObject({ admitted: 2, delayed: 1, departed: 1 })
})

it('lets clients give up after their last attempt', async () => {
  const traffic = retryStorm({ clients: 1, every: '10s', pause: 100, attempts: 3, duration: '10s', cost: 2 })
  const { totals } = await run(fixedWindow({ limit: 1, window: '1s' }), traffic)
  expect(totals).toMatchObject({ asked: 4, admitted: 0, refused: 4 })
})

it('has no worst window when nothing is admitted', async () => {
  const traffic = steady({ rate: 1, per: '1s', duration: '1s', cost: 2 })
  expect(await run(fixedWindow({ limit: 1, window: '1s' }), traffic)).not.toHaveProperty('worstWindow')
})

it('takes traffic of your own, with several keys and costs', async () => {
  const traffic: Traffic = {
    duration: 1000,
    arrivals: [
      { at: 10, key: 'a', cost: 3 },
      { at: 10, key: 'b', cost: 1 },
      { at: 20, key: 'a', cost: 1 },
    ],
  }
  const { totals, worstWindow } = await run(slidingLog({ limit: 3, window: '1s' }), traffic)
  expect(totals).toMatchObject({ asked: 3, admitted: 2, refused: 1 })
  expect(worstWindow).toEqual({ key: 'a', start: start + 10, units: 3 })
})

it.each([
  [
    { duration: 100, arrivals: [{ at: 100, key: 'a', cost: 1 }] },
    'Expected `traffic.arrivals` to be in time order, at whole ms from 0 to 99, got 100 after 0',
  ],
  [
    {
      duration: 100,
      arrivals: [
        { at: 9, key: 'a', cost: 1 },
        { at: 8, key: 'a', cost: 1 },
      ],
    },
    'Expected `traffic.arrivals` to be in time order, at whole ms from 0 to 99, got 8 after 9',
  ],
  [
    { duration: 100, arrivals: [], retry: { pause: 0, attempts: 1 } },
    'Expected `traffic.retry.pause` to be a whole number of ms from 1 to 2^50, got 0',
  ],
  [{ duration: 10_001_000, arrivals: [] }, 'Expected `bucket` to be at least 1001 ms, for 10000 buckets, got 1000'],
])('refuses traffic that it cannot run: %j', async (traffic, message) => {
  await expect(run(fixedWindow({ limit: 1, window: '1s' }), traffic)).rejects.toThrow(new RangeError(message))
})

it('calls `onDecision` with each decision in order, retries included', async () => {
  const seen: [number, number, boolean, number][] = []
  const clock = virtualClock(start)
  const limiter = createLimiter({
    name: 'api',
    policy: fixedWindow({ limit: 1, window: '1s', align: 'epoch' }),
    store: memoryStore({ clock: clock.now }),
  })
  const arrivals = [0, 0].map((at) => ({ at, key: 'client', cost: 1 }))
  const traffic: Traffic = { duration: 2000, arrivals, retry: { pause: 600, attempts: 5 } }
  await simulate({
    traffic,
    limiter,
    clock,
    bucket: 1000,
    window: '1s',
    onDecision: ({ at, refusals, decision }) => seen.push([at, refusals, decision.allowed, decision.retryAfterMs]),
  })
  expect(seen).toEqual([
    [0, 0, true, 0],
    [0, 0, false, 1000],
    [600, 1, false, 400],
    [1200, 2, true, 0],
  ])
})
