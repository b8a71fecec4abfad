import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { expect, it } from 'vitest'
import type { AccessLog } from './access-log.ts'
import { curveAt, refusalCurve, tightestLimit } from './refusal-curve.ts'

const noon = Date.UTC(2026, 0, 1, 12)

/** A log in which each client comes at these seconds after noon, given in any order. */
function logOf(secondsOf: Readonly<Record<string, readonly number[]>>): AccessLog {
  const requests = Object.values(secondsOf).flatMap((seconds, client) => seconds.map((second) => ({ client, second })))
  return {
    clients: Object.keys(secondsOf),
    clientOf: requests.map(({ client }) => client),
    times: requests.map(({ second }) => noon + second * 1000),
    malformed: [],
    firstMalformed: [],
  }
}

const many = (count: number, second: number): readonly number[] => Array.from({ length: count }, () => second)
const perMinute = (limit: number) => slidingLog({ limit, window: '1m' })

it('counts for each limit the clients that it refuses at least once', async () => {
  const log = logOf({ a: [0], b: [61, 0, 1], c: [0, 1, 2, 3], d: [0, 0, 300, 300] })
  const curve = await refusalCurve({ log, policy: perMinute })
  expect(curve).toEqual({
    clients: 4,
    points: [
      { limit: 1, clientsRefused: 3, share: 0.75 },
      { limit: 2, clientsRefused: 1, share: 0.25 },
      { limit: 4, clientsRefused: 0, share: 0 },
    ],
  })
  expect(structuredClone(curve)).toEqual(curve)
})

it('tells of any limit what it would do', async () => {
  const curve = await refusalCurve({ log: logOf({ a: many(3, 0), b: many(5, 0) }), policy: perMinute })
  const at = (limit: number): number => curveAt(curve, limit).clientsRefused
  expect([1, 2, 3, 4, 5, 6, 2 ** 50].map(at)).toEqual([2, 2, 1, 1, 0, 0, 0])
  expect(curveAt(curve, 4)).toEqual({ limit: 4, clientsRefused: 1, share: 0.5 })
  expect(() => curveAt(curve, 0)).toThrow('Expected `limit` to be a positive integer below 2^53, got 0')
})

it('finds the tightest limit that refuses at most a share of the clients', async () => {
  const curve = await refusalCurve({
    log: logOf({ a: [0], b: many(2, 0), c: many(7, 0), d: many(9, 0) }),
    policy: perMinute,
  })
  const tightest = (share: number): number | undefined => tightestLimit(curve, share)?.limit
  expect([1, 0.75, 0.74, 0.5, 0.49, 0.25, 0.24, 0].map(tightest)).toEqual([1, 1, 2, 2, 7, 7, 9, 9])
  for (const share of [-0.1, 1.1, Number.NaN]) {
    expect(() => tightestLimit(curve, share)).toThrow(`Expected the share to be from 0 to 1, got ${share}`)
  }
  expect(() => tightestLimit(curve, '1%' as never)).toThrow(TypeError)
})

it('says which clients no limit of the algorithm lets through', async () => {
  const log = logOf({ a: many(9000, 0), b: many(10_001, 0) })
  const curve = await refusalCurve({ log, policy: perMinute })
  expect(curve.points).toEqual([
    { limit: 1, clientsRefused: 2, share: 1 },
    { limit: 9000, clientsRefused: 1, share: 0.5 },
  ])
  expect(tightestLimit(curve, 0.49)).toBe(undefined)

  const tooMany = await refusalCurve({
    log: logOf({ a: many(4, 0) }),
    policy: (limit) => tokenBucket({ capacity: 3, refill: limit, per: '1m' }),
  })
  expect(tooMany.points).toEqual([{ limit: 1, clientsRefused: 1, share: 1 }])
})

it('finds limits that are larger than the number of requests', async () => {
  const quarter = (limit: number) => fixedWindow({ limit: Math.ceil(limit / 4), window: '1m' })
  const curve = await refusalCurve({ log: logOf({ a: many(100, 0) }), policy: quarter })
  expect(curve.points.at(-1)).toEqual({ limit: 397, clientsRefused: 0, share: 0 })

  const rate = (limit: number) => tokenBucket({ capacity: 10, refill: limit, per: '1h' })
  const fast = await refusalCurve({ log: logOf({ a: many(10, 0).concat(many(10, 1)) }), policy: rate })
  expect(fast.points.at(-1)).toEqual({ limit: 36_000, clientsRefused: 0, share: 0 })
})

it('is one point for an empty log', async () => {
  expect(await refusalCurve({ log: logOf({}), policy: perMinute })).toEqual({
    clients: 0,
    points: [{ limit: 1, clientsRefused: 0, share: 0 }],
  })
})

it('works in chunks, says after each how many requests are done, and waits for its caller', async () => {
  const clients = Array.from({ length: 30 }, (_, i) => [`c${i}`, many(2000, i)] as const)
  const said: number[] = []
  let isWaiting = false
  await refusalCurve({
    log: logOf({ ...Object.fromEntries(clients), last: many(30_000, 0) }),
    policy: (limit) => fixedWindow({ limit, window: '1m' }),
    async onProgress(requests) {
      expect(isWaiting).toBe(false)
      isWaiting = true
      said.push(requests)
      await new Promise(setImmediate)
      isWaiting = false
    },
  })
  expect(said).toEqual(said.toSorted((a, b) => a - b))
  expect(said.at(-1)).toBe(90_000)
  expect(new Set(said).size).toBeGreaterThan(5)
  // Also in the midst of one client.
  expect(said.filter((requests) => requests === 60_000).length).toBeGreaterThan(3)
})

it('also rests among clients that need no decision', async () => {
  const clients = Array.from({ length: 50_000 }, (_, i) => [`c${i}`, [0]] as const)
  const said: number[] = []
  const log = logOf(Object.fromEntries(clients))
  await refusalCurve({
    log,
    policy: perMinute,
    onProgress(requests) {
      said.push(requests)
    },
  })
  expect(said).toEqual([19_999, 39_999, 50_000])
})

it('is given up when its signal fires', async () => {
  const abort = new AbortController()
  const log = logOf({ a: many(100_000, 0) })
  let chunks = 0
  const curve = refusalCurve({
    log,
    policy: (limit) => fixedWindow({ limit, window: '1m' }),
    signal: abort.signal,
    onProgress() {
      chunks += 1
      if (chunks === 2) abort.abort(new Error('Another log was dropped'))
    },
  })
  await expect(curve).rejects.toThrow('Another log was dropped')
  expect(chunks).toBe(2)
})

it('lets errors through that say more than that a limit is too large', async () => {
  const log = logOf({ a: many(5, 0) })
  const wrongWindow = (limit: number) => fixedWindow({ limit, window: '0s' })
  await expect(refusalCurve({ log, policy: wrongWindow })).rejects.toThrow(RangeError)
  const wrongLater = (limit: number) => fixedWindow({ limit: limit > 2 ? ('3' as never) : limit, window: '1m' })
  await expect(refusalCurve({ log, policy: wrongLater })).rejects.toThrow(TypeError)
  await expect(refusalCurve({ log, policy: perMinute(1) as never })).rejects.toThrow(
    'Expected `policy` to be a function of the limit, got an object',
  )
})
