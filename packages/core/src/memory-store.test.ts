import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Policy, SyncLimiter } from './contract.ts'
import { createLimiter } from './limiter.ts'
import { type MemoryStore, type MemoryStoreOptions, memoryStore } from './memory-store.ts'

const day = 86_400_000
const fivePerHours = tokenBucket({ capacity: 5, refill: 1, per: '1h' })

/** A store on a clock that the test sets, and limiters over it. */
function setUp(options: MemoryStoreOptions = {}) {
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
    const policies = { bucket: fivePerHours, window: fixedWindow({ limit: 9, window: '1s' }) }
    limit(policies).consumeSync('ann', { cost: 2 })
    expect([...store.entries()]).toEqual([
      {
        name: 'test',
        policy: 'bucket',
        format: 'tb1',
        key: 'ann',
        stored: { used: 7_200_000, mark: 10_500, scale: 3_600_000, expiresAt: 7_210_500 },
      },
      {
        name: 'test',
        policy: 'window',
        format: 'fw1',
        key: 'ann',
        stored: { used: 2, mark: 11_000, scale: 1000, expiresAt: 11_000 },
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
    const limiter = limit({ window: fixedWindow({ limit: 1, window: '1s' }) })
    limiter.consumeSync('ann')
    time.now = 1000
    expect(limiter.peekSync('ann').remaining).toBe(1)
    expect(store.size).toBe(1)
  })

  it('is gone after a reset, and when all of it is given back', () => {
    const { store, limit } = setUp()
    const limiter = limit({ bucket: fivePerHours, log: slidingLog({ limit: 5, window: '1h' }) })
    limiter.consumeSync('ann', { cost: 3 })
    limiter.consumeSync('bob', { cost: 3 })
    expect(store.size).toBe(4)
    limiter.resetSync('ann')
    expect(store.size).toBe(2)
    limiter.refundSync('bob', { cost: 3 })
    expect(store.size).toBe(0)
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
    const [before] = store.entries()
    const text = JSON.stringify(before)
    time.now = 500
    limiter.consumeSync('ann', { cost: { a: 0, b: 1 } })
    const [after] = store.entries()
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

  it('of 1 still decides', () => {
    const { store, limit } = setUp({ maxKeys: 1 })
    const limiter = limit({ bucket: fivePerHours })
    expect(limiter.consumeSync('ann', { cost: 5 }).allowed).toBe(true)
    expect(limiter.consumeSync('ann').allowed).toBe(false)
    expect(limiter.consumeSync('bob').allowed).toBe(true)
    expect(store.size).toBe(1)
  })

  it('may be too small for all policies of one key: those charged last are kept', () => {
    const { store, limit } = setUp({ maxKeys: 1 })
    const limiter = limit({ first: fivePerHours, second: fivePerHours })
    limiter.consumeSync('ann', { cost: { first: 0, second: 1 } })
    limiter.consumeSync('ann')
    expect([...store.entries()].map(({ policy }) => policy)).toEqual(['second'])
    expect(limiter.peekSync('ann').policies).toMatchObject({ first: { remaining: 5 }, second: { remaining: 3 } })
    limiter.resetSync('ann')
    expect(store.size).toBe(0)
  })

  it('makes room by forgetting whoever would be forgiven soonest', () => {
    const { store, limit } = setUp({ maxKeys: 3 })
    const limiter = limit({ bucket: fivePerHours })
    limiter.consumeSync('ann', { cost: 3 })
    limiter.consumeSync('bob', { cost: 1 })
    limiter.consumeSync('cid', { cost: 5 })
    limiter.consumeSync('bob', { cost: 1 })
    limiter.consumeSync('dan', { cost: 4 })
    expect(keysIn(store)).toEqual(new Set(['ann', 'cid', 'dan']))
    limiter.refundSync('cid', { cost: 4 })
    limiter.consumeSync('eve', { cost: 1 })
    expect(keysIn(store)).toEqual(new Set(['ann', 'dan', 'eve']))
  })

  it('makes room by forgetting the expired first', () => {
    const { time, store, limit } = setUp({ maxKeys: 3 })
    const window = limit({ window: fixedWindow({ limit: 9, window: '1s' }) })
    const bucket = limit({ bucket: fivePerHours })
    bucket.consumeSync('offender', { cost: 5 })
    window.consumeSync('gone')
    bucket.consumeSync('guest')
    time.now = 1000
    bucket.consumeSync('newcomer')
    expect(keysIn(store)).toEqual(new Set(['guest', 'newcomer', 'offender']))
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

describe('sweeping', () => {
  it('lets each new entry take up to two with it that have expired; on an injected clock, a day ago', () => {
    const { time, store, limit } = setUp()
    const limiter = limit({ window: fixedWindow({ limit: 9, window: '1s' }) })
    const newcomer = (at: number): number => {
      time.now = at
      limiter.consumeSync(`newcomer:${store.size}:${at}`)
      return store.size
    }
    for (let i = 0; i < 10; i += 1) limiter.consumeSync(`early:${i}`)
    expect(store.size).toBe(10)
    expect(newcomer(1000 + day - 1)).toBe(11)
    const sizes = Array.from({ length: 7 }, (_, i) => newcomer(1000 + day + i))
    expect(sizes).toEqual([10, 9, 8, 7, 6, 7, 8])
  })

  it('spares an entry that was charged again meanwhile', () => {
    const { time, store, limit } = setUp()
    const limiter = limit({ bucket: tokenBucket({ capacity: 5, refill: 1, per: '1s' }) })
    for (const key of ['ann', 'bob', 'cid']) limiter.consumeSync(key)
    time.now = day
    limiter.consumeSync('bob')
    time.now = day + 1000
    limiter.consumeSync('dan')
    expect(keysIn(store)).toEqual(new Set(['bob', 'dan']))
  })
})

describe('the clock', () => {
  it('is monotonic when none is given: changing the date of the machine changes nothing', () => {
    const sinceStart = vi.spyOn(performance, 'now').mockReturnValue(0)
    vi.spyOn(Date, 'now').mockReturnValue(Number.NaN)
    const store = memoryStore()
    const limiter = createLimiter({ name: 'test', policy: slidingLog({ limit: 1, window: '1s' }), store })
    limiter.consumeSync('ann')
    expect(limiter.consumeSync('ann').retryAfterMs).toBe(1000)
    sinceStart.mockReturnValue(999)
    expect(limiter.consumeSync('ann').allowed).toBe(false)
    sinceStart.mockReturnValue(1000)
    expect(limiter.consumeSync('bob').allowed).toBe(true)
    expect(keysIn(store)).toEqual(new Set(['bob']))
  })

  it('is read in whole ms', () => {
    const { time, limit } = setUp()
    const limiter = limit({ window: fixedWindow({ limit: 1, window: '1s' }) })
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
    const policy = fixedWindow({ limit: 1, window: '1s' })
    const decisions = await createLimiter({ name: 'test', policy, store }).consumeMany([{ key: 'ann' }, { key: 'ann' }])
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false])
  })
})

it.each([
  [{ max: 5 }, 'Expected the options of memoryStore to be among maxKeys, clock, got `max`'],
  [5, 'Expected memoryStore to be given an object of options, got 5'],
  [null, 'Expected memoryStore to be given an object of options, got null'],
])('refuses the options %o', (options, message) => {
  expect(() => memoryStore(options as MemoryStoreOptions)).toThrow(new TypeError(message))
})
