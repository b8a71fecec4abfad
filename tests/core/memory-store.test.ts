import { execFile } from 'node:child_process'
import diagnostics from 'node:diagnostics_channel'
import { promisify } from 'node:util'
import {
  createLimiter,
  type LimiterEvent,
  type MemoryStore,
  type MemoryStoreOptions,
  memoryStore,
  type Policy,
  type Store,
  type SyncLimiter,
} from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

const day = 86_400_000
const fivePerHours = tokenBucket({ capacity: 5, refill: 1, per: '1h' })

/** A store on a clock that the test sets, and limiters over it. */
function setUp(options: MemoryStoreOptions = {}) {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const time = { now: 0 }
  const store = memoryStore({ clock: () => time.now, ...options })
  const limit = (policies: Record<string, Policy>): SyncLimiter => createLimiter({ name: 'test', policies, store })
  return { time, store, limit }
}

function keysIn(store: MemoryStore): Set<string> {
  return new Set([...store.entries()].map(({ key }) => key))
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('what is stored', () => {
  it('is one entry for each key and policy, with the date from which it counts for nothing', () => {
    const { time, store, limit } = setUp()
    time.now = 10_500
    const policies = { bucket: fivePerHours, window: fixedWindow({ limit: 9, window: '1s', align: 'epoch' }) }
    limit(policies).consumeSync('ann', { cost: 2 })
    expect([...store.entries()]).toEqual([
      {
        name: 'test',
        policy: 'bucket',
        format: 'tb1',
        key: 'ann',
        stored: { used: 7_200_000, mark: 10_500, scale: 3_600_000, expiresAt: 7_210_500, counted: 2 },
      },
      {
        name: 'test',
        policy: 'window',
        format: 'fw1',
        key: 'ann',
        stored: { used: 2, mark: 11_000, scale: 1000, expiresAt: 11_000, counted: 0 },
      },
    ])
  })

  it('is shared by limiters of one name, and by no others', () => {
    const store = memoryStore({ clock: () => 0 })
    const limiter = (name: string, policy: Policy): SyncLimiter => createLimiter({ name, policy, store })
    limiter('api', fivePerHours).consumeSync('ann', { cost: 4 })
    expect(limiter('api', fivePerHours).peekSync('ann').remaining).toBe(1)
    expect(limiter('web', fivePerHours).peekSync('ann').remaining).toBe(5)
    expect(limiter('api', slidingLog({ limit: 5, window: '1h' })).peekSync('ann').remaining).toBe(5)
  })

  it('counts for nothing once it has expired, even while the entry is still held', () => {
    const { time, store, limit } = setUp()
    const limiter = limit({ window: fixedWindow({ limit: 1, window: '1s', align: 'epoch' }) })
    limiter.consumeSync('ann')
    time.now = 1000
    expect(limiter.peekSync('ann').remaining).toBe(1)
    expect(store.size).toBe(1)
  })

  it('is gone after a reset, and when all of it is given back to a log', () => {
    const { store, limit } = setUp()
    const limiter = limit({ bucket: fivePerHours, log: slidingLog({ limit: 5, window: '1h' }) })
    limiter.consumeSync('ann', { cost: 3 })
    limiter.consumeSync('bob', { cost: 3 })
    expect(store.size).toBe(4)
    limiter.resetSync('ann')
    expect(store.size).toBe(2)
    limiter.refundSync('bob', { cost: 3 })
    // A bucket counts what was ever charged to it, until it would have been paid off.
    expect([...store.entries()].map(({ policy, stored }) => [policy, stored.used])).toEqual([['bucket', 0]])
  })

  it('is nothing after a refusal, a peek, a cost of 0 or a refund of what was never consumed', () => {
    const { store, limit } = setUp()
    const limiter = limit({ bucket: fivePerHours, log: slidingLog({ limit: 5, window: '1h' }) })
    limiter.consumeSync('ann', { cost: 6 })
    limiter.peekSync('ann')
    limiter.consumeSync('ann', { cost: 0 })
    limiter.refundSync('ann')
    expect(store.size).toBe(0)
  })
})

describe('what is stored for a policy', () => {
  it('stays as it is when a request costs it nothing, whatever the others are charged', () => {
    const { time, store, limit } = setUp()
    const limiter = limit({ a: tokenBucket({ capacity: 5, refill: 1, per: '1s' }), b: fivePerHours })
    limiter.consumeSync('ann', { cost: 3 })
    const before = [...store.entries()].find(({ policy }) => policy === 'a')
    const text = JSON.stringify(before)
    time.now = 500
    limiter.consumeSync('ann', { cost: { a: 0, b: 1 } })
    const after = [...store.entries()].find(({ policy }) => policy === 'a')
    expect(JSON.stringify(after)).toBe(text)
  })
})

describe('maxKeys', () => {
  it('is never passed, however many keys there are', () => {
    const { store, limit } = setUp({ maxKeys: 10 })
    const limiter = limit({ bucket: fivePerHours })
    const sizes = Array.from({ length: 100 }, (_, i) => {
      limiter.consumeSync(`user:${i}`)
      return store.size
    })
    expect(Math.max(...sizes)).toBe(10)
    expect(store.size).toBe(10)
  })

  it('counts an entry for each policy', () => {
    const { store, limit } = setUp({ maxKeys: 10 })
    const limiter = limit({ a: fivePerHours, b: fivePerHours, c: fivePerHours })
    const sizes = Array.from({ length: 30 }, (_, i) => {
      limiter.consumeSync(`user:${i}`)
      return store.size
    })
    expect(Math.max(...sizes)).toBe(10)
  })

  it('may be as large as a number can be', () => {
    const { limit } = setUp({ maxKeys: Number.MAX_SAFE_INTEGER })
    expect(limit({ bucket: fivePerHours }).consumeSync('ann', { cost: 5 }).remaining).toBe(0)
  })

  it('of 2 still decides', () => {
    const { store, limit } = setUp({ maxKeys: 2 })
    const limiter = limit({ bucket: fivePerHours })
    for (const key of ['ann', 'bob', 'cid']) {
      expect(limiter.consumeSync(key, { cost: 5 }).allowed).toBe(true)
      expect(limiter.consumeSync(key).allowed).toBe(false)
    }
    expect(store.size).toBe(2)
  })

  it.each([
    [1, 1, 2],
    [3, 2, 4],
    [31, 16, 32],
  ])('of %i is refused by a limiter of %i policies: %i would do', (maxKeys, count, enough) => {
    const policies = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, fivePerHours]))
    expect(() => setUp({ maxKeys }).limit(policies)).toThrow(
      new RangeError(
        `Expected \`maxKeys\` to be at least ${enough}, twice the policies of the limiter "test", got ${maxKeys}`,
      ),
    )
    expect(setUp({ maxKeys: enough }).limit(policies).consumeSync('ann').allowed).toBe(true)
  })

  it('lets no policy of a decision make room for another', () => {
    const { store, limit } = setUp({ maxKeys: 4 })
    const limiter = limit({ first: fivePerHours, second: fivePerHours })
    // All are there already, or one, or none.
    limiter.consumeSync('ann', { cost: { first: 0, second: 3 } })
    limiter.consumeSync('bob')
    limiter.consumeSync('cid', { cost: { first: 5, second: 0 } })
    limiter.consumeSync('ann')
    expect(limiter.peekSync('ann').policies).toMatchObject({ first: { remaining: 4 }, second: { remaining: 1 } })
    expect(limiter.consumeSync('dan', { cost: 5 }).allowed).toBe(true)
    expect(limiter.consumeSync('dan').allowed).toBe(false)
    expect(store.size).toBe(4)
  })

  it('makes room by forgetting what uses the smallest share for the shortest time', () => {
    const { time, store, limit } = setUp({ maxKeys: 8 })
    const limiter = limit({ bucket: fivePerHours })
    const costs = { ann: 2, bob: 5, cid: 1, dan: 4 }
    for (const [key, cost] of Object.entries(costs)) limiter.consumeSync(key, { cost })
    // These are the latest half, whatever they have used.
    for (const key of ['v', 'w', 'x', 'y']) limiter.consumeSync(key)
    time.now += 1
    limiter.consumeSync('new:1', { cost: 5 })
    expect(keysIn(store)).toEqual(new Set(['ann', 'bob', 'dan', 'v', 'w', 'x', 'y', 'new:1']))
    // Of `v`, which is no longer among them, and the first.
    limiter.consumeSync('new:2', { cost: 5 })
    limiter.consumeSync('new:3', { cost: 5 })
    expect(keysIn(store)).toEqual(new Set(['ann', 'bob', 'dan', 'x', 'y', 'new:1', 'new:2', 'new:3']))
  })

  it('never forgets who was refused just now, or consumed just now', () => {
    const { time, limit } = setUp({ maxKeys: 100 })
    const limiter = limit({ bucket: fivePerHours })
    limiter.consumeSync('refused', { cost: 5 })
    const admitted: boolean[] = []
    for (let i = 0; i < 5000; i += 1) {
      time.now += 1
      limiter.consumeSync(`flood:${i}`, { cost: 5 })
      if (i % 49 === 0) admitted.push(limiter.consumeSync('refused').allowed)
    }
    expect(new Set(admitted)).toEqual(new Set([false]))
  })

  it('makes room by forgetting the expired first', () => {
    const { time, store, limit } = setUp({ maxKeys: 4 })
    const window = limit({ window: fixedWindow({ limit: 9, window: '1s' }) })
    const bucket = limit({ bucket: fivePerHours })
    bucket.consumeSync('offender', { cost: 5 })
    window.consumeSync('gone', { cost: 9 })
    bucket.consumeSync('guest')
    bucket.consumeSync('visitor')
    time.now = 1000
    bucket.consumeSync('newcomer')
    expect(keysIn(store)).toEqual(new Set(['guest', 'visitor', 'newcomer', 'offender']))
  })

  it('lets no flood of new keys set a weighted offender free, who has a little left', () => {
    const { limit } = setUp({ maxKeys: 1000 })
    const limiter = limit({ tokens: fixedWindow({ limit: 1000, window: '1d' }) })
    limiter.consumeSync('offender', { cost: 990 })
    for (let i = 0; i < 20_000; i += 1) limiter.consumeSync(`new:${i}`)
    expect(limiter.consumeSync('offender', { cost: 20 })).toMatchObject({ allowed: false, remaining: 10 })
  })

  it.each([
    ['token bucket', fivePerHours],
    ['fixed window', fixedWindow({ limit: 5, window: '1h' })],
    ['fixed window from the first request', fixedWindow({ limit: 5, window: '1h', align: 'first-request' })],
    ['sliding log', slidingLog({ limit: 5, window: '1h' })],
  ])('lets no flood of new keys set a heavy offender free: %s', (_, policy: Policy) => {
    const { time, limit } = setUp({ maxKeys: 100 })
    const limiter = limit({ policy })
    limiter.consumeSync('offender', { cost: 5 })
    for (let i = 0; i < 1000; i += 1) {
      time.now += 1
      limiter.consumeSync(`flood:${i}`)
    }
    const { allowed, retryAfterMs } = limiter.consumeSync('offender')
    expect(allowed).toBe(false)
    expect(retryAfterMs).toBe(3_600_000 - 1000)
  })

  it.each([
    [0, 'a positive integer below 2^53, got 0', RangeError],
    [-1, 'a positive integer below 2^53, got -1', RangeError],
    [1.5, 'a positive integer below 2^53, got 1.5', RangeError],
    [Number.NaN, 'a positive integer below 2^53, got NaN', RangeError],
    [Number.POSITIVE_INFINITY, 'a positive integer below 2^53, got Infinity', RangeError],
    ['10', 'a positive integer, got "10"', TypeError],
  ])('refuses %o', (maxKeys, wanted, kind) => {
    const options = { maxKeys } as MemoryStoreOptions
    expect(() => memoryStore(options)).toThrow(new kind(`Expected \`maxKeys\` to be ${wanted}`))
  })
})

describe('maxBytes', () => {
  const most = 2 ** 19

  it('is never passed, however long the keys are', () => {
    const { store, limit } = setUp({ maxBytes: most })
    const limiter = limit({ bucket: fivePerHours })
    let largest = 0
    for (let i = 0; i < 500; i += 1) {
      limiter.consumeSync(`${i}`.padEnd(i % 7 === 0 ? 40_000 : 2000, 'x'))
      largest = Math.max(largest, store.bytes)
    }
    expect(largest).toBeLessThanOrEqual(most)
    expect(store.bytes).toBe([...store.entries()].reduce((sum, { key }) => sum + 128 + 2 * key.length, 0))
  })

  it('is never passed by logs that grow', () => {
    const maxBytes = 2 ** 20
    const { time, store, limit } = setUp({ maxBytes })
    const limiter = limit({ log: slidingLog({ limit: 5000, window: '1h' }) })
    for (let i = 0; i < 3000; i += 1) {
      time.now += 1
      for (const key of ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gil', 'hal', 'ida', 'jim', 'kai', 'lea', 'mia']) {
        limiter.consumeSync(`${key}:${i % 3}`)
      }
      expect(store.bytes).toBeLessThanOrEqual(maxBytes)
    }
    expect(store.size).toBeGreaterThan(5)
    expect(limiter.peekSync('mia:2').remaining).toBe(4000)
  })

  it('that cannot hold the longest key of a limiter twice is refused', () => {
    const policies = { bucket: fivePerHours, log: slidingLog({ limit: 10, window: '1h' }) }
    const least = 2 * (128 + 131_072) + 2 * (128 + 131_072 + 256 + 24 * 84)
    expect(() => setUp({ maxBytes: least - 1 }).limit(policies)).toThrow(
      new RangeError(
        `Expected \`maxBytes\` to be at least ${least}, twice what the limiter "test" may store for one key, got ${least - 1}`,
      ),
    )
    const { limit } = setUp({ maxBytes: least })
    const limiter = limit(policies)
    for (const key of ['a', 'b', 'c']) expect(limiter.consumeSync(key.repeat(65_536), { cost: 5 }).remaining).toBe(0)
    expect(limiter.consumeSync('c'.repeat(65_536)).allowed).toBe(false)
  })

  it.each([0, 1.5, '9', Number.POSITIVE_INFINITY])('refuses %o', (maxBytes) => {
    expect(() => memoryStore({ maxBytes } as MemoryStoreOptions)).toThrow(
      'Expected `maxBytes` to be a positive integer',
    )
  })
})

describe('what is forgotten though it still counts', () => {
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 3; i += 1) await undefined
  }

  /** Two limiters that share a store, and what they were told. */
  function tellingPair() {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const time = { now: 0 }
    const store = memoryStore({ maxKeys: 10, clock: () => time.now })
    const events: LimiterEvent[] = []
    const limit = (name: string): SyncLimiter =>
      createLimiter({ name, policy: fivePerHours, store, onEvent: (event) => events.push(event) })
    return { warnings, time, events, one: limit('one'), other: limit('other') }
  }

  it('is told to the limiter whose it was, at most once a second, and warned of once', async () => {
    const { warnings, time, events, one, other } = tellingPair()
    for (let i = 0; i < 9; i += 1) one.consumeSync(`user:${i}`)
    other.consumeSync('ann', { cost: 5 })
    await settled()
    expect(events).toEqual([])
    for (let i = 0; i < 3; i += 1) other.consumeSync(`flood:${i}`, { cost: 5 })
    // Not in the middle of a decision.
    expect(events).toEqual([])
    await settled()
    expect(events).toEqual([{ type: 'store:forgot', limiter: 'one', entries: 3 }])
    other.consumeSync('flood:4', { cost: 5 })
    time.now = 999
    other.consumeSync('flood:5', { cost: 5 })
    await settled()
    expect(events).toHaveLength(1)
    time.now = 1000
    other.consumeSync('flood:6', { cost: 5 })
    await settled()
    expect(events.slice(1)).toEqual([{ type: 'store:forgot', limiter: 'one', entries: 3 }])
    expect(warnings.mock.calls).toEqual([
      [
        'The memory store of the limiter "one" is full and forgets entries that still count: raise `maxKeys` or `maxBytes`. Said once.',
        { type: 'SluiceWarning', code: 'SLUICE_FORGOT' },
      ],
    ])
  })

  it('is told on the diagnostics channel too', async () => {
    const told: unknown[] = []
    const listen = (message: unknown): unknown => told.push(message)
    diagnostics.subscribe('sluice:event', listen)
    try {
      const { one } = tellingPair()
      for (let i = 0; i < 11; i += 1) one.consumeSync(`user:${i}`)
      await settled()
    } finally {
      diagnostics.unsubscribe('sluice:event', listen)
    }
    expect(told).toEqual([{ type: 'store:forgot', limiter: 'one', entries: 1 }])
  })

  it('is not what has expired', async () => {
    const { time, events, one } = tellingPair()
    for (let i = 0; i < 10; i += 1) one.consumeSync(`user:${i}`)
    time.now = 3_600_000
    for (let i = 0; i < 10; i += 1) one.consumeSync(`new:${i}`)
    await settled()
    expect(events).toEqual([])
  })

  it('is told of by the limiter that stands in for a store that fails', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const events: LimiterEvent[] = []
    const store: Store = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }
    const onEvent = (event: LimiterEvent): void => {
      if (event.type === 'store:forgot') events.push(event)
    }
    const limiter = createLimiter({ name: 'api', policy: fivePerHours, store, onEvent })
    await limiter.consumeMany(Array.from({ length: 100_001 }, (_, i) => ({ key: `user:${i}` })))
    await settled()
    expect(events).toEqual([{ type: 'store:forgot', limiter: 'api', entries: 1 }])
  })
})

describe('names', () => {
  it('that hold nothing are forgotten, and are as before when they come back', () => {
    const { time, store } = setUp()
    const limiter = (name: string): SyncLimiter => createLimiter({ name, policy: fivePerHours, store })
    const [first, twin] = [limiter('api'), limiter('api')]
    for (let round = 0; round < 3; round += 1) {
      twin.consumeSync('ann', { cost: 2 })
      expect(first.consumeSync('ann').remaining).toBe(2)
      expect(limiter('api').peekSync('ann').remaining).toBe(2)
      expect(limiter('web').peekSync('ann').remaining).toBe(5)
      // Others take the place of what is forgotten.
      first.resetSync('ann')
      expect(store.size).toBe(0)
      for (let i = 0; i < 5; i += 1) limiter(`other:${round}.${i}`.replace(':', '-')).consumeSync('ann', { cost: 5 })
      expect(twin.peekSync('ann').remaining).toBe(5)
      expect([...store.entries()].map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((i) => `other-${round}.${i}`))
      for (let i = 0; i < 5; i += 1) limiter(`other-${round}.${i}`).resetSync('ann')
      time.now += 1
    }
  })

  it('share what they hold, whichever of two limiters came first', () => {
    const { store } = setUp()
    const [first, twin] = [1, 2].map(() => createLimiter({ name: 'api', policy: fivePerHours, store }))
    first?.consumeSync('ann', { cost: 3 })
    twin?.consumeSync('bob', { cost: 3 })
    expect(twin?.peekSync('ann').remaining).toBe(2)
    expect(first?.peekSync('bob').remaining).toBe(2)
  })
})

describe('listing', () => {
  it.each(['one', 'two'])('skips none while what is listed is reset, with %s policies', (count) => {
    const { store, limit } = setUp()
    const policies: Record<string, Policy> =
      count === 'one' ? { a: fivePerHours } : { a: fivePerHours, b: fivePerHours }
    const limiter = limit(policies)
    for (let i = 0; i < 100; i += 1) limiter.consumeSync(`user:${i}`)
    for (const { key } of store.entries()) limiter.resetSync(key)
    expect(store.size).toBe(0)
  })

  it('skips none of those that stay, whatever else is removed and added meanwhile', () => {
    const step = fc.record({ after: fc.nat(30), key: fc.nat(39), verb: fc.constantFrom('reset', 'reset', 'consume') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { store, limit } = setUp()
        const limiter = limit({ a: fivePerHours })
        for (let i = 0; i < 30; i += 1) limiter.consumeSync(`user:${i}`)
        const listed = new Set<string>()
        let place = 0
        for (const { key } of store.entries()) {
          listed.add(key)
          for (const { key, verb } of steps.filter(({ after }) => after === place)) {
            if (verb === 'reset') limiter.resetSync(`user:${key}`)
            else limiter.consumeSync(`user:${key}`)
          }
          place += 1
        }
        const touched = new Set(steps.map(({ key }) => `user:${key}`))
        for (const key of keysIn(store)) if (!touched.has(key)) expect(listed).toContain(key)
      }),
    )
  })
})

describe('sweeping', () => {
  it('is over soon in a store that is more than half full; on an injected clock, of what expired a day ago', () => {
    const { time, store, limit } = setUp({ maxKeys: 700 })
    const limiter = limit({ window: fixedWindow({ limit: 9, window: '1s' }) })
    for (let i = 0; i < 400; i += 1) limiter.consumeSync(`early:${i}`)
    time.now = 1000 + day - 1
    for (let i = 0; i < 200; i += 1) limiter.consumeSync(`late:${i}`)
    expect(store.size).toBe(600)
    time.now = 1000 + day
    for (let i = 0; i < 300; i += 1) limiter.consumeSync(`new:${i}`)
    expect(store.size).toBe(500)
  })

  it('forgets nothing of a decision that sweeps what it is about to write', () => {
    const date = vi.spyOn(Date, 'now').mockReturnValue(0)
    const policies = { day: fixedWindow({ limit: 9, window: '1d' }), second: fixedWindow({ limit: 5, window: '1s' }) }
    const limiter = createLimiter({ name: 'test', policies, store: memoryStore({ maxKeys: 4 }) })
    limiter.consumeSync('ann', { cost: { day: 0 } })
    limiter.consumeSync('bob')
    // The entry of the second has expired, and the new one of the day sweeps it.
    date.mockReturnValue(2000)
    limiter.consumeSync('ann')
    const { day, second } = limiter.peekSync('ann').policies
    expect([day?.remaining, second?.remaining]).toEqual([8, 4])
  })

  it('spares an entry that was charged again meanwhile', () => {
    const { time, store, limit } = setUp({ maxKeys: 4 })
    const limiter = limit({ bucket: tokenBucket({ capacity: 5, refill: 1, per: '1s' }) })
    for (const key of ['ann', 'bob', 'cid']) limiter.consumeSync(key)
    time.now = day
    limiter.consumeSync('bob')
    time.now = day + 1000
    limiter.consumeSync('dan')
    expect(keysIn(store)).toEqual(new Set(['bob', 'dan']))
  })

  it('waits while the store is at most half full, so that who comes back finds a place', () => {
    const { time, store, limit } = setUp({ maxKeys: 8 })
    const limiter = limit({ bucket: tokenBucket({ capacity: 5, refill: 1, per: '1s' }) })
    for (const key of ['ann', 'bob', 'cid']) limiter.consumeSync(key)
    time.now = 9 * day
    expect(limiter.consumeSync('dan').remaining).toBe(4)
    expect(store.size).toBe(4)
    expect(limiter.consumeSync('ann').remaining).toBe(4)
  })
})

describe('the clock', () => {
  it('is the wall clock when none is given, looked up each time', () => {
    const limiter = createLimiter({ policy: slidingLog({ limit: 1, window: '1s' }) })
    const date = vi.spyOn(Date, 'now').mockReturnValue(1_000_000)
    limiter.consumeSync('ann')
    expect(limiter.consumeSync('ann').retryAfterMs).toBe(1000)
    date.mockReturnValue(1_000_999.9)
    expect(limiter.consumeSync('ann').retryAfterMs).toBe(1)
    date.mockReturnValue(1_001_000)
    expect(limiter.consumeSync('ann').allowed).toBe(true)
    // A laptop that slept for eight hours: the monotonic clock stood still.
    vi.spyOn(performance, 'now').mockReturnValue(0)
    date.mockReturnValue(30_000_000)
    expect(limiter.peekSync('ann').resetAfterMs).toBe(0)
  })

  it.each([
    ['all', undefined],
    ['Date alone', ['Date']],
  ] as const)('when none is given follows fake timers: %s', (_, toFake) => {
    const limiter = createLimiter({ policy: fixedWindow({ limit: 1, window: '1m' }) })
    vi.useFakeTimers(toFake === undefined ? {} : { toFake: [...toFake] })
    try {
      limiter.consumeSync('ann')
      expect(limiter.consumeSync('ann').allowed).toBe(false)
      vi.setSystemTime(Date.now() + 60_000)
      expect(limiter.consumeSync('ann').allowed).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, '5'])('of the machine that says %o admits nobody', async (now) => {
    const store = memoryStore()
    const limiter = createLimiter({ name: 'test', policy: fivePerHours, store })
    limiter.consumeSync('ann', { cost: 5 })
    vi.spyOn(Date, 'now').mockReturnValue(now as number)
    const error = 'Expected `Date.now` to return milliseconds from 0 to 2^52, got '
    expect(() => limiter.consumeSync('ann')).toThrow(error)
    await expect(limiter.consume('ann')).rejects.toThrow(error)
    await expect(limiter.consumeMany([{ key: 'ann' }])).rejects.toThrow(error)
    vi.restoreAllMocks()
    expect(limiter.consumeSync('ann').allowed).toBe(false)
  })

  it('is read in whole ms', () => {
    const { time, limit } = setUp()
    const limiter = limit({ window: fixedWindow({ limit: 1, window: '1s', align: 'epoch' }) })
    time.now = 999.9
    expect(limiter.consumeSync('ann').resetAfterMs).toBe(1)
  })

  it.each([
    [Number.NaN, 'NaN'],
    [-1, '-1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    ['5', '"5"'],
    [5n, '5n'],
    [undefined, 'undefined'],
  ])('that returns %o makes the call fail, and nothing is counted', async (now, got) => {
    const { time, store, limit } = setUp()
    const limiter = limit({ bucket: fivePerHours })
    const error = new RangeError(`Expected \`clock\` to return milliseconds from 0 to 2^52, got ${got}`)
    time.now = now as number
    expect(() => limiter.consumeSync('ann')).toThrow(error)
    expect(() => limiter.peekSync('ann')).toThrow(error)
    expect(() => limiter.refundSync('ann')).toThrow(error)
    await expect(limiter.consume('ann')).rejects.toThrow(error)
    expect(store.size).toBe(0)
    time.now = 0
    expect(limiter.consumeSync('ann', { cost: 5 }).allowed).toBe(true)
  })

  it.each([[5, '5'] as const, ['now', '"now"'] as const, [null, 'null'] as const])('cannot be %o', (clock, got) => {
    const options = { clock } as unknown as MemoryStoreOptions
    const message = `Expected \`clock\` to be a function that returns milliseconds, got ${got}`
    expect(() => memoryStore(options)).toThrow(new TypeError(message))
  })

  it('is read once for a batch: all of it is decided at one instant', async () => {
    let now = 0
    const store = memoryStore({ clock: () => (now += 1000) })
    const policy = fixedWindow({ limit: 1, window: '1s', align: 'epoch' })
    const decisions = await createLimiter({ name: 'test', policy, store }).consumeMany([{ key: 'ann' }, { key: 'ann' }])
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false])
  })
})

it.each([
  [{ max: 5 }, 'Expected the options of memoryStore to be among maxKeys, maxBytes, clock, got `max`'],
  [5, 'Expected memoryStore to be given an object of options, got 5'],
  [null, 'Expected memoryStore to be given an object of options, got null'],
])('refuses the options %o', (options, message) => {
  expect(() => memoryStore(options as MemoryStoreOptions)).toThrow(new TypeError(message))
})

it('keeps alive nothing of what a key was cut from', async () => {
  const program = `
    const { createLimiter } = await import('@sluice/core')
    const { fixedWindow } = await import('@sluice/fixed-window')
    const limiter = createLimiter({ policy: fixedWindow({ limit: 5, window: '1h' }) })
    const used = () => { for (let i = 0; i < 3; i += 1) gc(); return process.memoryUsage().heapUsed }
    const before = used()
    for (let i = 0; i < 300; i += 1) {
      const header = String(i).padStart(16, '0') + ',' + Buffer.alloc(200_000, 97 + (i % 26)).toString('latin1')
      limiter.consumeSync(header.split(',')[0])
      limiter.consumeSync(header.slice(2, 40))
    }
    process.stdout.write(String((used() - before) / 600))
  `
  const args = ['--conditions=@sluice/source', '--expose-gc', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(Number(stdout)).toBeLessThan(2000)
})
