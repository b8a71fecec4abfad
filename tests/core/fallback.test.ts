import diagnostics from 'node:diagnostics_channel'
import { runInNewContext } from 'node:vm'
import {
  BatchError,
  type Binding,
  callersFault,
  createLimiter,
  DeadlineError,
  type Limiter,
  type LimiterEvent,
  type LimiterOptions,
  memoryStore,
  type Policy,
  type Store,
  StoreDownError,
} from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.restoreAllMocks()
})

const trouble = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:6379'), { code: 'ECONNREFUSED' })

/** A limiter over a store in memory that works until it is broken. */
function setUp(
  options: Partial<LimiterOptions> = {},
  policy: Policy = tokenBucket({ capacity: 4, refill: 1, per: '1h' }),
) {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const events: LimiterEvent[] = []
  const broken: { error: unknown } = { error: undefined }
  let bound: Binding | undefined
  const inner = memoryStore()
  const store: Store = {
    bind(binding) {
      bound = binding
      const gate = inner.bind(binding)
      return { apply: (asks) => (broken.error === undefined ? gate.apply(asks) : Promise.reject(broken.error)) }
    },
  }
  const given = { name: 'api', policy, store, onEvent: (event: LimiterEvent) => events.push(event), ...options }
  const limiter: Limiter = createLimiter(given as LimiterOptions)
  return { limiter, store, broken, events, warnings, binding: bound as Binding, inner }
}

describe('while the store cannot answer', () => {
  it('by default a limiter in this process decides, and its decisions say why', async () => {
    const { limiter, broken } = setUp()
    expect(await limiter.consume('ann', { cost: 3 })).toMatchObject({ remaining: 1, source: 'store' })
    broken.error = trouble
    const own = await limiter.consume('ann', { cost: 3 })
    expect(own).toMatchObject({ allowed: true, limit: 4, remaining: 1, source: 'local', cause: trouble })
    expect(await limiter.consume('ann', { cost: 3 })).toMatchObject({ allowed: false, remaining: 1, source: 'local' })
    expect(await limiter.peek('ann')).toMatchObject({ allowed: true, remaining: 1, source: 'local' })
    broken.error = undefined
    const again = await limiter.consume('ann')
    expect(again).toMatchObject({ remaining: 0, source: 'store' })
    expect('cause' in again).toBe(false)
  })

  it.each<[string, Policy]>([
    ['token bucket', tokenBucket({ capacity: 10, refill: 1, per: '1h' })],
    ['leaky bucket', leakyBucket({ capacity: 10, leak: 1, per: '1h' })],
    ['fixed window', fixedWindow({ limit: 10, window: '1h', align: 'first-request' })],
    ['sliding log', slidingLog({ limit: 10, window: '1h' })],
  ])('each of 4 processes gives out a fourth of the quota: %s', async (_, policy) => {
    const { limiter, broken } = setUp({ processes: 4 }, policy)
    broken.error = trouble
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, limit: 2, remaining: 1 })
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, limit: 2, remaining: 0 })
    const refused = await limiter.consume('ann')
    expect(refused).toMatchObject({ allowed: false, remaining: 0 })
    // A bucket of 10 with 8 used has room for 4 after 2 of its hours; the windows are an hour.
    const hours = policy.algorithm.includes('bucket') ? 2 : 1
    expect(Math.ceil(refused.retryAfterMs / 3_600_000)).toBe(hours)
    // More than a share, but not more than the store would allow; then more than that.
    expect(await limiter.consume('ann', { cost: 3 })).toMatchObject({
      retryAfterMs: 1500,
      policies: { default: { retryAfterMs: 1500 } },
    })
    expect(await limiter.consume('ann', { cost: 11 })).toMatchObject({ retryAfterMs: Number.POSITIVE_INFINITY })
  })

  it('what is never allowed binds, though more than the share of another policy', async () => {
    const policies = {
      wide: tokenBucket({ capacity: 10, refill: 1, per: '1h' }),
      narrow: tokenBucket({ capacity: 5, refill: 1, per: '1h' }),
    }
    const { store, broken } = setUp()
    const limiter = createLimiter({ name: 'api', policies, store, processes: 4 })
    broken.error = trouble
    expect(await limiter.consume('ann', { cost: 7 })).toMatchObject({
      allowed: false,
      limit: 1,
      retryAfterMs: Number.POSITIVE_INFINITY,
      policy: 'narrow',
      policies: { wide: { retryAfterMs: 1500 }, narrow: { retryAfterMs: Number.POSITIVE_INFINITY } },
    })
  })

  it('more processes than the quota has units give out one each', async () => {
    const { limiter, broken } = setUp({ processes: 100 })
    broken.error = trouble
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, limit: 1, remaining: 0 })
    expect(await limiter.consume('ann')).toMatchObject({ allowed: false })
  })

  it('open admits, all but what is never allowed', async () => {
    const { limiter, broken } = setUp({ failure: 'open' })
    broken.error = trouble
    for (let i = 0; i < 9; i += 1) {
      const decision = await limiter.consume('ann', { cost: 4 })
      expect(decision).toMatchObject({ allowed: true, limit: 4, remaining: 4, retryAfterMs: 0, resetAfterMs: 0 })
      expect(decision).toMatchObject({ source: 'open', cause: trouble, policy: 'default' })
    }
    expect(await limiter.consume('ann', { cost: 5 })).toMatchObject({
      allowed: false,
      retryAfterMs: Number.POSITIVE_INFINITY,
    })
  })

  it('closed refuses, all but what costs nothing', async () => {
    const { limiter, broken } = setUp({ failure: 'closed' })
    broken.error = trouble
    const one = { limit: 4, used: 4, remaining: 0, resetAfterMs: 1500, delayMs: 0, cost: 0 }
    const refused = { ...one, allowed: false, retryAfterMs: 1500 }
    expect(await limiter.consume('ann')).toEqual({
      ...refused,
      at: expect.any(Number),
      policy: 'default',
      policies: { default: refused },
      source: 'closed',
      cause: trouble,
    })
    expect(await limiter.peek('ann')).toMatchObject(refused)
    expect(await limiter.consume('ann', { cost: 5 })).toMatchObject({ retryAfterMs: Number.POSITIVE_INFINITY })
    expect(await limiter.consume('ann', { cost: 0 })).toMatchObject({ ...one, allowed: true, retryAfterMs: 0 })
  })

  it('closed tells callers to come back after one second to two, not all at the same instant', async () => {
    const { limiter, broken } = setUp({ failure: 'closed' })
    broken.error = trouble
    const waits: number[] = []
    for (const random of [0, 0.25, 1 - 2 ** -53]) {
      vi.mocked(Math.random).mockReturnValue(random)
      waits.push((await limiter.consume('ann')).retryAfterMs)
    }
    expect(waits).toEqual([1000, 1250, 1999])
  })

  it('closed: the policy that would take longest binds', async () => {
    const policies = {
      many: fixedWindow({ limit: 9, window: '1h' }),
      few: fixedWindow({ limit: 2, window: '1h' }),
    }
    const { limiter, broken } = setUp({
      failure: 'closed',
      policy: undefined,
      policies,
    } as unknown as Partial<LimiterOptions>)
    broken.error = trouble
    expect(await limiter.consume('ann')).toMatchObject({ policy: 'many', limit: 9 })
    expect(await limiter.consume('ann', { cost: 3 })).toMatchObject({ policy: 'few', limit: 2 })
  })

  it('throw rejects with what is wrong, and with a BatchError where many were asked', async () => {
    const { limiter, broken, warnings, events } = setUp({ failure: 'throw' })
    broken.error = trouble
    await expect(limiter.consume('ann')).rejects.toBe(trouble)
    await expect(limiter.refund('ann')).rejects.toBe(trouble)
    const failure = await limiter.consumeMany([{ key: 'ann' }, { key: 'bob' }]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BatchError)
    expect((failure as BatchError).outcomes).toEqual([trouble, trouble])
    broken.error = 'a word'
    await expect(limiter.consume('ann')).rejects.toThrow('The store failed with "a word"')
    expect(warnings).not.toHaveBeenCalled()
    const codes = ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED', 'Error']
    expect(events).toEqual(codes.map((code) => ({ type: 'failed', limiter: 'api', code })))
  })

  it.each([
    ['local', { used: 2, cost: 2 }],
    ['open', { used: 0, cost: 0 }],
    ['closed', { used: 4, cost: 0 }],
  ] as const)('%s says what is used, what was charged, and when by the clock of this process', async (failure, own) => {
    const { limiter, broken } = setUp({ failure })
    broken.error = trouble
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_123)
    const decision = await limiter.consume('ann', { cost: 2 })
    now.mockRestore()
    expect(decision).toMatchObject({ ...own, at: 1_700_000_000_123, source: failure, policies: { default: own } })
  })

  it('a share that is no whole number of units never says that more than it is used', async () => {
    const { limiter, broken } = setUp({ processes: 3 }, tokenBucket({ capacity: 10, refill: 1, per: '1s' }))
    broken.error = trouble
    const now = vi.spyOn(Date, 'now').mockReturnValue(10_000)
    await limiter.consume('ann', { cost: 3 })
    now.mockReturnValue(12_000)
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, limit: 3, used: 3, remaining: 0 })
    now.mockReturnValue(21_000)
    expect(await limiter.peek('ann')).toMatchObject({ used: 1, remaining: 3, cost: 0 })
  })

  it('a function says how many processes there are now; what is counted stays', async () => {
    let processes: unknown = 1
    const { limiter, broken, events } = setUp({ processes: () => processes as number })
    broken.error = trouble
    expect(await limiter.consume('ann', { cost: 2 })).toMatchObject({ limit: 4, remaining: 2 })
    processes = 2
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, limit: 2, remaining: 0 })
    processes = 1
    expect(await limiter.peek('ann')).toMatchObject({ limit: 4, used: 4 })
    processes = 0
    const told = events.length
    await expect(limiter.consume('ann')).rejects.toThrow(
      new RangeError('Expected `processes` to be a positive integer below 2^53, got 0'),
    )
    expect(events).toHaveLength(told)
  })

  it('tiers of one limiter count together here too', async () => {
    const { limiter, broken } = setUp()
    const more = limiter.with({ policy: tokenBucket({ capacity: 6, refill: 1, per: '1h' }) })
    broken.error = trouble
    await limiter.consume('ann', { cost: 4 })
    expect(await more.consume('ann')).toMatchObject({ source: 'local', limit: 6, used: 5 })
    expect(await limiter.peek('ann')).toMatchObject({ allowed: false, limit: 4, used: 5, remaining: 0 })
  })

  it('many decisions in one call are made one by one', async () => {
    const { limiter, broken } = setUp()
    broken.error = trouble
    const decisions = await limiter.consumeMany([{ key: 'ann', cost: 3 }, { key: 'ann', cost: 3 }, { key: 'bob' }])
    expect(decisions.map(({ allowed, source }) => [allowed, source])).toEqual([
      [true, 'local'],
      [false, 'local'],
      [true, 'local'],
    ])
  })

  it('nothing is given back, in the store or here, and a reset rejects', async () => {
    const { limiter, broken } = setUp()
    const charged = await limiter.consume('ann', { cost: 4 })
    broken.error = trouble
    await limiter.consume('ann', { cost: 3 })
    expect(await limiter.refund('ann', { cost: 4, of: charged })).toMatchObject({ remaining: 1, source: 'local' })
    expect(await limiter.refund('ann', { cost: 3 })).toMatchObject({ remaining: 1, source: 'local' })
    expect(await limiter.peek('ann')).toMatchObject({ remaining: 1 })
    await expect(limiter.reset('ann')).rejects.toBe(trouble)
    broken.error = undefined
    expect(await limiter.peek('ann')).toMatchObject({ remaining: 0, source: 'store' })
  })

  it('a charge counts where a limiter in this process decides, and otherwise is lost', async () => {
    const local = setUp()
    local.broken.error = trouble
    expect(await local.limiter.charge('ann', { cost: 9 })).toMatchObject({
      ...{ allowed: false, source: 'local', used: 9, cost: 9, retryAfterMs: 6 * 3_600_000 },
    })
    expect(await local.limiter.peek('ann')).toMatchObject({ allowed: false, used: 9 })

    const open = setUp({ failure: 'open' })
    open.broken.error = trouble
    expect(await open.limiter.charge('ann', { cost: 9 })).toMatchObject({
      allowed: true,
      source: 'open',
      used: 0,
      cost: 0,
    })

    const closed = setUp({ failure: 'closed' })
    closed.broken.error = trouble
    expect(await closed.limiter.charge('ann', { cost: 9 })).toMatchObject({
      ...{ allowed: false, source: 'closed', cost: 0, retryAfterMs: 1500 },
    })

    const shared = setUp({ processes: 2 })
    shared.broken.error = trouble
    expect(await shared.limiter.charge('ann', { cost: 3 })).toMatchObject({
      allowed: false,
      limit: 2,
      used: 3,
      cost: 3,
    })
  })

  it('what was not charged by the store is not given back by it', async () => {
    const { limiter, broken } = setUp()
    await limiter.consume('ann', { cost: 4 })
    broken.error = trouble
    const local = await limiter.consume('ann')
    broken.error = undefined
    expect(await limiter.refund('ann', { of: local })).toMatchObject({ remaining: 0, source: 'store' })
  })

  it('bad input is still bad input', async () => {
    const { limiter, broken } = setUp()
    broken.error = trouble
    await expect(limiter.consume('ann', { cost: -1 })).rejects.toThrow(RangeError)
    broken.error = callersFault(new RangeError('Expected `clock` to …'))
    await expect(limiter.consume('ann')).rejects.toBe(broken.error)
    await expect(limiter.consumeMany([{ key: 'ann' }])).rejects.toBe(broken.error)
  })

  it.each([
    ['a RangeError of a client', new RangeError('Port should be >= 0 and < 65536')],
    ['a TypeError of a client', new TypeError('write is not a function')],
    ['an error of another realm', runInNewContext('new RangeError("Invalid string length")') as Error],
  ])('%s is an error of the store like any other', async (_, error) => {
    const { limiter, broken } = setUp()
    broken.error = error
    expect(await limiter.consume('ann')).toMatchObject({ source: 'local', cause: error })
    const [decision] = await limiter.consumeMany([{ key: 'ann' }])
    expect(decision).toMatchObject({ source: 'local', cause: error })
  })

  it('an error of another realm in the place of an answer is an error', async () => {
    const error = runInNewContext('new Error("junk")') as Error
    const store: Store = { bind: () => ({ apply: async (asks) => asks.map(() => error) }) }
    const policy = tokenBucket({ capacity: 4, refill: 1, per: '1h' })
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await createLimiter({ name: 'api', policy, store }).consume('ann')).toMatchObject({ source: 'local' })
    const strict = createLimiter({ name: 'api', policy, store, failure: 'throw' })
    await expect(strict.consume('ann')).rejects.toBe(error)
  })
})

describe('a limiter tells', () => {
  it('of each decision that was not made by its store, and warns the process once; never an address', async () => {
    const { limiter, broken, events, warnings } = setUp()
    broken.error = trouble
    await limiter.consume('secret-key')
    await limiter.consume('secret-key')
    broken.error = new Error('NOAUTH Authentication required.')
    await limiter.consume('secret-key')
    // A reset is no decision: nobody makes it instead.
    await limiter.reset('secret-key').catch(() => {})
    expect(events).toEqual([
      { type: 'fallback', limiter: 'api', source: 'local', code: 'ECONNREFUSED' },
      { type: 'fallback', limiter: 'api', source: 'local', code: 'ECONNREFUSED' },
      { type: 'fallback', limiter: 'api', source: 'local', code: 'NOAUTH' },
      { type: 'failed', limiter: 'api', code: 'NOAUTH' },
    ])
    expect(warnings).toHaveBeenCalledTimes(1)
    const [message, options] = warnings.mock.calls[0] ?? []
    expect(options).toEqual({ type: 'SluiceWarning', code: 'SLUICE_FALLBACK' })
    expect(message).toBe(
      `The store of the limiter "api" cannot answer (ECONNREFUSED): decisions are made without it (failure: 'local'). Said once.`,
    )
  })

  it('when its store goes down, and when it is up again', () => {
    const { binding, events } = setUp()
    binding.onHealth?.({ up: false, cause: new StoreDownError(trouble) })
    binding.onHealth?.({ up: false, cause: new DeadlineError() })
    binding.onHealth?.({ up: true, downMs: 1234 })
    expect(events).toEqual([
      { type: 'store:down', limiter: 'api', code: 'ECONNREFUSED' },
      { type: 'store:down', limiter: 'api', code: 'DEADLINE' },
      { type: 'store:up', limiter: 'api', downMs: 1234 },
    ])
  })

  it('the diagnostics channels too, without keys', async () => {
    const heard: unknown[] = []
    const listen = (message: unknown): void => {
      heard.push(message)
    }
    const { limiter, broken } = setUp()
    await limiter.consume('before')
    diagnostics.subscribe('sluice:decision', listen)
    diagnostics.subscribe('sluice:event', listen)
    await limiter.consume('secret-key', { cost: 5 })
    broken.error = trouble
    await limiter.consume('secret-key')
    diagnostics.unsubscribe('sluice:decision', listen)
    diagnostics.unsubscribe('sluice:event', listen)
    await limiter.consume('after')
    const never = { allowed: false, used: 0, remaining: 4, retryAfterMs: Number.POSITIVE_INFINITY, delayMs: 0 }
    const first = { allowed: true, used: 1, remaining: 3, retryAfterMs: 0, delayMs: 0 }
    const said = { limiter: 'api', mode: 'consume', limit: 4, policy: 'default', algorithm: 'token-bucket' }
    const message = (own: typeof never, source: string, resetAfterMs: number) => ({
      ...said,
      ...own,
      source,
      policies: { default: { ...own, limit: 4, resetAfterMs, cost: own.used } },
      durationMs: expect.any(Number) as number,
    })
    expect(heard).toEqual([
      message(never, 'store', 0),
      { type: 'fallback', limiter: 'api', source: 'local', code: 'ECONNREFUSED' },
      message(first, 'local', 3_600_000),
    ])
  })

  it('a listener that throws disturbs no decision', async () => {
    const thrown: unknown[] = []
    const own = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => thrown.push(error))
    const oops = new Error('oops')
    const { limiter, broken } = setUp({
      onEvent: () => {
        throw oops
      },
    })
    broken.error = trouble
    expect(await limiter.consume('ann')).toMatchObject({ allowed: true, source: 'local' })
    await new Promise((resolve) => setImmediate(resolve))
    for (const listener of own) process.on('uncaughtException', listener)
    expect(thrown).toEqual([oops])
  })
})

describe('the deadline', () => {
  it.each([
    [undefined, 1000],
    [100, 100],
    ['250ms', 250],
    ['1h', 3_600_000],
  ] as const)('%s is told to the store as %i ms', (deadline, ms) => {
    expect(setUp(deadline === undefined ? {} : { deadline }).binding.deadline).toBe(ms)
  })
})

describe('a signal', () => {
  it('that fired already rejects with its reason, and nothing is asked', async () => {
    const { limiter } = setUp()
    const reason = new Error('enough')
    await expect(limiter.consume('ann', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await limiter.peek('ann')).toMatchObject({ remaining: 4 })
  })

  it('that fires while the store is asked rejects with its reason, whatever the failure policy', async () => {
    const { limiter, broken, events } = setUp({ failure: 'open' })
    const leave = new AbortController()
    broken.error = new Error('aborted')
    const call = limiter.consume('ann', { signal: leave.signal })
    leave.abort(broken.error)
    await expect(call).rejects.toBe(broken.error)
    expect(events).toEqual([])
  })
})

describe('bad options', () => {
  const expected = 'Expected `deadline` to be'
  it.each<[Record<string, unknown>, Error]>([
    [{ deadline: 0 }, new RangeError(`${expected} a whole number of ms from 1 to 2^50, got 0`)],
    [{ deadline: 1.5 }, new RangeError(`${expected} a whole number of ms from 1 to 2^50, got 1.5`)],
    [{ deadline: Number.NaN }, new RangeError(`${expected} a whole number of ms from 1 to 2^50, got NaN`)],
    [{ deadline: 'soon' }, new TypeError(`${expected} a duration like 250, '1s' or '15m', got "soon"`)],
    [{ deadline: null }, new TypeError(`${expected} a duration like 250, '1s' or '15m', got null`)],
    [{ deadline: '2h' }, new RangeError(`${expected} at most an hour, got "2h"`)],
    [{ failure: 'ajar' }, new RangeError('Expected `failure` to be one of local, open, closed, throw, got "ajar"')],
    [{ failure: null }, new RangeError('Expected `failure` to be one of local, open, closed, throw, got null')],
    [{ processes: 0 }, new RangeError('Expected `processes` to be a positive integer below 2^53, got 0')],
    [{ processes: '4' }, new TypeError('Expected `processes` to be a positive integer, got "4"')],
    [{ onEvent: 5 }, new TypeError('Expected `onEvent` to be a function that is given events, got 5')],
  ])('%o', (options, error) => {
    expect(() => setUp(options)).toThrow(error)
  })

  it.each([5, null, {}, 'stop'])('the signal %o', async (signal) => {
    const { limiter } = setUp()
    await expect(limiter.consume('ann', { signal: signal as unknown as AbortSignal })).rejects.toThrow(
      /^Expected `signal` to be an AbortSignal, got /,
    )
  })
})
