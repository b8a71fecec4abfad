import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { expect, it } from 'vitest'
import type { AccessLog } from './access-log.ts'
import { type ReplayReport, replay } from './replay.ts'
import { virtualClock } from './virtual-clock.ts'

const noon = Date.UTC(2026, 0, 1, 12)

/** A log of `[client, seconds after noon]`. */
function logOf(...requests: readonly (readonly [string, number])[]): AccessLog {
  const clients = [...new Set(requests.map(([client]) => client))]
  return {
    clients,
    clientOf: requests.map(([client]) => clients.indexOf(client)),
    times: requests.map(([, seconds]) => noon + seconds * 1000),
    malformed: [],
    firstMalformed: [],
  }
}

function run(policy: Policy, log: AccessLog, top = 5): Promise<ReplayReport> {
  const clock = virtualClock()
  const limiter = createLimiter({ name: 'log', policy, store: memoryStore({ clock: clock.now }) })
  return replay({ log, limiter, clock, window: '1m', top })
}

it('counts each client by itself, and names the most refused', async () => {
  const log = logOf(['a', 0], ['b', 1], ['a', 2], ['a', 3], ['b', 4], ['a', 5], ['c', 6])
  expect(await run(slidingLog({ limit: 1, window: '1m' }), log)).toEqual({
    asked: 7,
    admitted: 3,
    refused: 4,
    delayed: 0,
    longestDelayMs: 0,
    clients: 3,
    clientsRefused: 2,
    mostRefused: [
      { client: 'a', admitted: 1, refused: 3 },
      { client: 'b', admitted: 1, refused: 1 },
    ],
    worstWindow: { key: 'a', start: noon, units: 1 },
  })
})

it('orders the requests by time, those of one instant as they were logged', async () => {
  const policy = slidingLog({ limit: 2, window: '1m' })
  const shuffled = logOf(['a', 9], ['a', 0], ['a', 9], ['a', 5])
  expect(await run(policy, shuffled)).toEqual(await run(policy, logOf(['a', 0], ['a', 5], ['a', 9], ['a', 9])))
  expect((await run(policy, shuffled)).worstWindow).toEqual({ key: 'a', start: noon, units: 2 })
})

it('breaks ties by the client that sorts first, and names no more than it is asked for', async () => {
  const log = logOf(['b', 0], ['b', 0], ['a', 0], ['a', 0], ['c', 0], ['c', 0])
  const { mostRefused, clientsRefused } = await run(slidingLog({ limit: 1, window: '1m' }), log, 2)
  expect(mostRefused.map(({ client }) => client)).toEqual(['a', 'b'])
  expect(clientsRefused).toBe(3)
})

it('finds the minute in which a fixed window lets twice its limit through', async () => {
  const log = logOf(['a', 58], ['a', 59], ['a', 59], ['a', 60], ['a', 61], ['a', 61])
  const { worstWindow } = await run(fixedWindow({ limit: 2, window: '1m', align: 'epoch' }), log)
  expect(worstWindow).toEqual({ key: 'a', start: noon + 58_000, units: 4 })
})

it('counts a delayed request when its turn comes', async () => {
  const log = logOf(['a', 0], ['a', 0], ['a', 0])
  const report = await run(leakyBucket({ capacity: 3, leak: 1, per: '1m' }), log)
  expect(report).toMatchObject({ admitted: 3, delayed: 2, longestDelayMs: 120_000 })
  expect(report.worstWindow).toEqual({ key: 'a', start: noon, units: 1 })
})

it('decides any number of requests of one instant', async () => {
  const log = logOf(...Array.from({ length: 2500 }, () => ['a', 0] as const))
  expect(await run(fixedWindow({ limit: 1234, window: '1m' }), log)).toMatchObject({ admitted: 1234, refused: 1266 })
})

it('says after each batch how many requests have been decided', async () => {
  const clock = virtualClock()
  const limiter = createLimiter({
    policy: slidingLog({ limit: 1, window: '1m' }),
    store: memoryStore({ clock: clock.now }),
    name: 'log',
  })
  const log = logOf(...Array.from({ length: 1200 }, () => ['a', 0] as const), ['b', 1])
  const decided: number[] = []
  await replay({ log, limiter, clock, window: '1m', onProgress: (requests) => decided.push(requests) })
  expect(decided).toEqual([500, 1000, 1200, 1201])
})

it('calls `onDecision` with each decision, in time order', async () => {
  const clock = virtualClock()
  const limiter = createLimiter({
    policies: { burst: slidingLog({ limit: 1, window: '1s' }), daily: slidingLog({ limit: 2, window: '1d' }) },
    store: memoryStore({ clock: clock.now }),
    name: 'log',
  })
  const log = logOf(['a', 9], ['a', 0], ['b', 0], ['a', 0], ['a', 5])
  const decided: unknown[] = []
  await replay({
    log,
    limiter,
    clock,
    window: '1m',
    onDecision: ({ request, client, time, decision: { allowed, policy } }) =>
      decided.push([request, client, (time - noon) / 1000, allowed ? 'admitted' : policy]),
  })
  expect(decided).toEqual([
    [1, 'a', 0, 'admitted'],
    [2, 'b', 0, 'admitted'],
    [3, 'a', 0, 'burst'],
    [4, 'a', 5, 'admitted'],
    [0, 'a', 9, 'daily'],
  ])
})

it('leaves nothing behind, and holds no more clients at once than have yet to come again', async () => {
  const clock = virtualClock()
  const store = memoryStore({ clock: clock.now })
  const limiter = createLimiter({ name: 'log', policy: slidingLog({ limit: 1, window: '1m' }), store })
  const passing = Array.from({ length: 5000 }, (_, i) => [`c${i}`, i] as const)
  const log = logOf(['a', 0], ...passing, ['a', 6000])
  let most = 0
  await replay({
    log,
    limiter,
    clock,
    window: '1m',
    onProgress: () => {
      most = Math.max(most, store.size)
    },
  })
  expect(store.size).toBe(0)
  expect(most).toBeGreaterThan(900)
  expect(most).toBeLessThanOrEqual(1001)
})

it('has an empty report for an empty log', async () => {
  expect(await run(slidingLog({ limit: 1, window: '1m' }), logOf())).toEqual({
    asked: 0,
    admitted: 0,
    refused: 0,
    delayed: 0,
    longestDelayMs: 0,
    clients: 0,
    clientsRefused: 0,
    mostRefused: [],
  })
})

it('refuses a clock that is already past the first request', async () => {
  const clock = virtualClock(noon + 1)
  const limiter = createLimiter({ policy: slidingLog({ limit: 1, window: '1m' }) })
  const replayed = replay({ log: logOf(['a', 0]), limiter, clock, window: '1m' })
  await expect(replayed).rejects.toThrow(RangeError)
})
