import diagnostics from 'node:diagnostics_channel'
import { type Answer, createLimiter, memoryStore, type Policy, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { compactStore } from '@sluice/store-compact'
import { tokenBucket } from '@sluice/token-bucket'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LimiterMetrics, limiterMetrics } from './limiter-metrics.ts'

let metrics: LimiterMetrics
beforeEach(() => {
  metrics = limiterMetrics()
})
afterEach(() => {
  metrics.stop()
  vi.useRealTimers()
})

const clock = (): number => 1_000_000
const bucket = (capacity: number): Policy => tokenBucket({ capacity, refill: 1, per: '1s' })

it('counts decisions, by limiter, policy, algorithm, outcome and source', async () => {
  const limiter = createLimiter({ name: 'api', policy: bucket(2), store: memoryStore({ clock }) })
  limiter.consumeSync('ann')
  await limiter.consume('ann')
  await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }])
  const own = { 'sluice.limiter': 'api', 'sluice.policy': 'default', 'sluice.algorithm': 'token-bucket' }
  expect(metrics.snapshot()['sluice.decisions']).toEqual([
    { attributes: { ...own, 'sluice.outcome': 'admitted', 'sluice.source': 'store' }, value: 3 },
    { attributes: { ...own, 'sluice.outcome': 'refused', 'sluice.source': 'store' }, value: 1 },
  ])
})

it('counts what a policy in shadow mode would have refused for that policy, of several the one that would make wait longest', () => {
  const policies = {
    burst: bucket(2),
    minute: fixedWindow({ limit: 1, window: '1m' }),
    hour: fixedWindow({ limit: 1, window: '1h' }),
  }
  const mode = { minute: 'shadow', hour: 'shadow' } as const
  const limiter = createLimiter({ name: 'api', policies, mode, store: memoryStore({ clock }) })
  for (const key of ['ann', 'ann', 'ann']) limiter.consumeSync(key)
  const series = (policy: string, algorithm: string, outcome: string) => ({
    attributes: {
      ...{ 'sluice.limiter': 'api', 'sluice.policy': policy, 'sluice.algorithm': algorithm },
      ...{ 'sluice.outcome': outcome, 'sluice.source': 'store' },
    },
    value: 1,
  })
  expect(metrics.snapshot()['sluice.decisions']).toEqual([
    series('burst', 'token-bucket', 'admitted'),
    series('hour', 'fixed-window', 'shadow-refused'),
    series('burst', 'token-bucket', 'refused'),
  ])
})

it('says how long calls of wait took, by how they ended, and how many are in a line', async () => {
  vi.useFakeTimers()
  const limiter = createLimiter({ name: 'api', policy: bucket(1) })
  const leaving = new AbortController()
  const calls = [limiter.wait('ann'), limiter.wait('ann', { maxWait: '10s' }), limiter.wait('ann', { cost: 2 })]
  await vi.advanceTimersByTimeAsync(0)
  const left = expect(limiter.wait('ann', { signal: leaving.signal })).rejects.toThrow()
  await vi.advanceTimersByTimeAsync(0)
  const snapshot = metrics.snapshot()
  expect(snapshot['sluice.wait.pending_calls']).toEqual([{ attributes: { 'sluice.limiter': 'api' }, value: 2 }])
  leaving.abort()
  await vi.advanceTimersByTimeAsync(1000)
  await Promise.all([...calls, left])
  const ended = metrics.snapshot()['sluice.wait.duration']
  expect(ended.map(({ attributes, count, sum }) => [attributes['sluice.outcome'], count, sum])).toEqual([
    ['refused', 1, 0],
    ['admitted', 2, 1],
    ['left', 1, 0],
  ])
  expect(metrics.snapshot()['sluice.wait.pending_calls']).toMatchObject([{ value: 0 }])
})

it('counts neither a peek nor a reset, and charges and refunds apart', () => {
  const limiter = createLimiter({ name: 'api', policy: bucket(2) })
  limiter.chargeSync('ann', { cost: 2 })
  limiter.chargeSync('ann', { cost: 3 })
  limiter.refundSync('ann')
  limiter.peekSync('ann')
  limiter.resetSync('ann')
  const snapshot = metrics.snapshot()
  const own = { 'sluice.limiter': 'api', 'sluice.source': 'store' }
  expect(snapshot['sluice.decisions']).toEqual([])
  expect(snapshot['sluice.charges']).toEqual([
    { attributes: { ...own, 'sluice.outcome': 'within' }, value: 1 },
    { attributes: { ...own, 'sluice.outcome': 'over' }, value: 1 },
  ])
  expect(snapshot['sluice.refunds']).toEqual([{ attributes: own, value: 1 }])
})

it('says how much of each quota the admitted left, and how many were near its limit', () => {
  const policies = { burst: bucket(5), hourly: fixedWindow({ limit: 100, window: '1h' }) }
  const limiter = createLimiter({ name: 'api', policies, store: memoryStore({ clock }) })
  // 1 to 5 of 5 are used, and the sixth is refused.
  for (let i = 0; i < 6; i += 1) limiter.consumeSync('ann')
  const snapshot = metrics.snapshot()
  const [burst, hourly] = snapshot['sluice.quota.usage']
  expect(burst).toMatchObject({ attributes: { 'sluice.limiter': 'api', 'sluice.policy': 'burst' }, count: 5, sum: 3 })
  expect(burst?.buckets.map(({ upTo, count }) => [upTo, count])).toEqual([
    ...[
      [0.1, 0],
      [0.2, 1],
      [0.3, 1],
      [0.4, 2],
      [0.5, 2],
      [0.6, 3],
      [0.7, 3],
    ],
    ...[
      [0.8, 4],
      [0.9, 4],
      [1, 5],
      [Number.POSITIVE_INFINITY, 5],
    ],
  ])
  expect(hourly).toMatchObject({ attributes: { 'sluice.policy': 'hourly' }, count: 5 })
  expect(hourly?.buckets[0]).toEqual({ upTo: 0.1, count: 5 })
  // Four of five is 80 %, and not more.
  const near = { 'sluice.limiter': 'api', 'sluice.policy': 'burst' }
  expect(snapshot['sluice.quota.near_limit']).toEqual([{ attributes: near, value: 1 }])
})

it('says how long the refused and the delayed are told to wait, and of a cost above the quota no wait', () => {
  const store = memoryStore({ clock })
  const limiter = createLimiter({ name: 'api', policy: bucket(2), store })
  for (const cost of [2, 1, 2, 3]) limiter.consumeSync('ann', { cost })
  const shaper = createLimiter({ name: 'mail', policy: leakyBucket({ capacity: 3, leak: 1, per: '1s' }), store })
  for (let i = 0; i < 3; i += 1) shaper.consumeSync('ann')
  const snapshot = metrics.snapshot()
  expect(snapshot['sluice.decision.retry_after']).toMatchObject([
    { attributes: { 'sluice.limiter': 'api', 'sluice.policy': 'default' }, count: 2, sum: 3 },
  ])
  // The first goes ahead at once.
  expect(snapshot['sluice.decision.delay']).toMatchObject([
    { attributes: { 'sluice.limiter': 'mail' }, count: 2, sum: 3 },
  ])
})

it('says how long decisions took, from the call', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const answer: Answer = { now: 0, views: [{ used: 0, mark: 0, wait: 0, counted: 0 }] }
  const slow: Store = {
    bind: () => ({
      async apply(requests) {
        vi.advanceTimersByTime(250)
        return requests.map(() => answer)
      },
    }),
  }
  const limiter = createLimiter({ name: 'slow', policy: bucket(2), store: slow })
  await limiter.consume('ann')
  await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }])
  const attributes = { 'sluice.limiter': 'slow', 'sluice.source': 'store' }
  expect(metrics.snapshot()['sluice.decision.duration']).toMatchObject([{ attributes, count: 3, sum: 0.75 }])
})

it('counts what is decided without the store, by whom and why, and calls that are rejected', async () => {
  const store: Store = { bind: () => ({ apply: () => Promise.reject(new Error('OOM command not allowed')) }) }
  const open = createLimiter({ name: 'open', policy: bucket(2), store, failure: 'open' })
  const thrown = createLimiter({ name: 'thrown', policy: bucket(2), store, failure: 'throw' })
  await open.consume('ann')
  await open.refund('ann')
  await thrown.consume('ann').catch(() => {})
  const snapshot = metrics.snapshot()
  expect(snapshot['sluice.fallbacks']).toEqual([
    { attributes: { 'sluice.limiter': 'open', 'sluice.source': 'open', 'error.type': 'OOM' }, value: 2 },
  ])
  expect(snapshot['sluice.failures']).toEqual([
    { attributes: { 'sluice.limiter': 'thrown', 'error.type': 'OOM' }, value: 1 },
  ])
  expect(snapshot['sluice.decisions']).toMatchObject([{ attributes: { 'sluice.source': 'open' }, value: 1 }])
  expect(snapshot['sluice.quota.usage']).toEqual([])
})

describe.each([
  ['memoryStore', memoryStore],
  ['compactStore', compactStore],
])('of a store in memory: %s', (name, makeStore) => {
  it('says how many entries it has, by limiter and policy, and 0 when there are none any more', () => {
    const store = makeStore()
    const policies = { burst: bucket(5), hourly: fixedWindow({ limit: 100, window: '1h' }) }
    const limiter = createLimiter({ name, policies, store })
    // Shares the entries of the other: they count once.
    const tier = limiter.with({ policies: { ...policies, burst: bucket(9) } })
    const entries = () =>
      metrics
        .snapshot()
        ['sluice.memory.entries'].filter(({ attributes }) => attributes['sluice.limiter'] === name)
        .map(({ attributes, value }) => [attributes['sluice.policy'], value])
    expect(entries()).toEqual([])
    limiter.consumeSync('ann')
    tier.consumeSync('bob')
    tier.consumeSync('ann')
    expect(entries()).toEqual([
      ['burst', 2],
      ['hourly', 2],
    ])
    limiter.resetSync('ann')
    limiter.resetSync('bob')
    expect(entries()).toEqual([
      ['burst', 0],
      ['hourly', 0],
    ])
  })

  it('counts what it forgets', async () => {
    const limiter = createLimiter({ name, policy: bucket(5), store: makeStore({ maxKeys: 10, clock }) })
    for (let i = 0; i < 11; i += 1) limiter.consumeSync(`user:${i}`)
    await Promise.resolve()
    const attributes = { 'sluice.limiter': name }
    expect(metrics.snapshot()['sluice.memory.forgotten']).toEqual([{ attributes, value: 1 }])
  })
})

it('adds up what limiters of one name hold in stores of their own', () => {
  const limiters = [1, 2, 3].map(() => createLimiter({ policy: tokenBucket({ capacity: 5, refill: 1, per: '1h' }) }))
  const before = sumOf(metrics.snapshot()['sluice.memory.entries'])
  for (const limiter of limiters) limiter.consumeSync('ann')
  expect(sumOf(metrics.snapshot()['sluice.memory.entries']) - before).toBe(3)
})

function sumOf(series: readonly { readonly value: number }[]): number {
  return series.reduce((sum, { value }) => sum + value, 0)
}

it('never says a key, whatever is done with one', async () => {
  const limiter = createLimiter({ name: 'api', policy: bucket(2) })
  limiter.consumeSync('secret-key', { cost: 2 })
  await limiter.consumeMany([{ key: 'secret-key' }])
  limiter.chargeSync('secret-key')
  limiter.refundSync('secret-key')
  limiter.resetSync('secret-key')
  expect(metrics.text()).toContain('sluice_limiter="api"')
  expect(metrics.text()).not.toContain('secret')
})

it('has at most so many series, whatever limiters are called', () => {
  const store = memoryStore()
  for (let i = 0; i < 1500; i += 1) createLimiter({ name: `api-${i}`, policy: bucket(2), store }).consumeSync('ann')
  const decisions = metrics.snapshot()['sluice.decisions']
  expect(decisions).toHaveLength(1001)
  expect(sumOf(decisions)).toBe(1500)
  expect(decisions.at(-1)).toEqual({
    attributes: {
      'sluice.limiter': '_OTHER',
      'sluice.policy': '_OTHER',
      'sluice.algorithm': '_OTHER',
      'sluice.outcome': '_OTHER',
      'sluice.source': '_OTHER',
    },
    value: 500,
  })
  expect(metrics.snapshot()['sluice.memory.entries'].length).toBeLessThanOrEqual(1001)
})

it('counts nothing any more once it is stopped, and leaves no listener', () => {
  const limiter = createLimiter({ name: 'api', policy: bucket(2) })
  limiter.consumeSync('ann')
  metrics.stop()
  metrics.stop()
  limiter.consumeSync('ann')
  expect(metrics.snapshot()['sluice.decisions']).toMatchObject([{ value: 1 }])
  const channels = ['sluice:decision', 'sluice:event', 'sluice:script']
  expect(channels.filter((name) => diagnostics.hasSubscribers(name))).toEqual([])
})
