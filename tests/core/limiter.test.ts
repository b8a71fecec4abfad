import {
  type ConsumeOptions,
  type ConsumeRequest,
  type Cost,
  createLimiter,
  type Decision,
  type Limiter,
  type LimiterOptions,
  memoryStore,
  type Policy,
  type SyncLimiter,
} from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import type { ioredisStore } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, expectTypeOf, it } from 'vitest'

const five = tokenBucket({ capacity: 5, refill: 1, per: '1s' })
const tenADay = fixedWindow({ limit: 10, window: '1d' })

/** A limiter over a memory store of its own, on a clock that the test sets. */
function setUp(policies: Record<string, Policy>) {
  const time = { now: 0 }
  const store = memoryStore({ clock: () => time.now })
  return { time, store, limiter: createLimiter({ name: 'test', policies, store }) }
}

/** What is left of each policy. */
function left({ policies }: Decision): Record<string, number> {
  return Object.fromEntries(Object.entries(policies).map(([name, { remaining }]) => [name, remaining]))
}

describe('createLimiter', () => {
  it.each<[unknown, Error]>([
    [undefined, new TypeError('Expected createLimiter to be given an object of options, got undefined')],
    [null, new TypeError('Expected createLimiter to be given an object of options, got null')],
    [five.load, new TypeError('Expected createLimiter to be given an object of options, got a function')],
    [[five], new TypeError('Expected createLimiter to be given an object of options, got an array')],
    [{}, new TypeError('Expected createLimiter to be given either `policy` or `policies`')],
    [
      { policy: five, policies: { five } },
      new TypeError('Expected createLimiter to be given either `policy` or `policies`'),
    ],
    [{ policies: {} }, new RangeError('Expected `policies` to hold at least one policy, got none')],
    [
      { policies: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`p${i}`, five])) },
      new RangeError('Expected `policies` to hold at most 16 policies, got 17'),
    ],
    [{ policies: [five] }, new TypeError('Expected `policies` to be an object of policies by name, got an array')],
    [{ policies: null }, new TypeError('Expected `policies` to be an object of policies by name, got null')],
    [{ policies: 'five' }, new TypeError('Expected `policies` to be an object of policies by name, got "five"')],
    [
      { policies: { five: 5 } },
      new TypeError('Expected `policies.five` to be a policy like tokenBucket({ … }), got 5'),
    ],
    [{ policy: 'five' }, new TypeError('Expected `policy` to be a policy like tokenBucket({ … }), got "five"')],
    [{ policy: null }, new TypeError('Expected `policy` to be a policy like tokenBucket({ … }), got null')],
    [{ policy: five, slot: 'user' }, new RangeError("Expected `slot` to be 'key' or 'limiter', got \"user\"")],
    [
      { policy: tokenBucket },
      new TypeError('Expected `policy` to be a policy like tokenBucket({ … }), got a function'),
    ],
    [
      { policy: { capacity: 5 } },
      new TypeError('Expected `policy` to be a policy like tokenBucket({ … }), got an object'),
    ],
    [
      { policy: five, polciy: five },
      new TypeError(
        'Expected the options of createLimiter to be among name, policy, policies, store, slot, deadline, failure, processes, mode, enforce, remember, onEvent, got `polciy`',
      ),
    ],
    [
      { policy: five, store: memoryStore() },
      new TypeError('Expected `name`: limiters that share a store are told apart by their names'),
    ],
    [
      { policy: five, name: 'a', store: {} },
      new TypeError('Expected `store` to be a store like memoryStore(), got an object'),
    ],
    [
      { policy: five, name: 'a', store: null },
      new TypeError('Expected `store` to be a store like memoryStore(), got null'),
    ],
    [
      { policy: five, name: 'a', store: memoryStore },
      new TypeError('Expected `store` to be a store like memoryStore(), got a function'),
    ],
    [{ policy: five, name: 5 }, new TypeError('Expected `name` to be a string, got 5')],
  ])('refuses %o', (options, error) => {
    expect(() => createLimiter(options as LimiterOptions)).toThrow(error)
  })

  it.each(['', 'a:b', 'a b', '{a}', 'ä', 'a\n', '\0', 'a/b'])('takes %j for no name', (name) => {
    const wanted = `to be made of letters, digits, "_", "." and "-", got ${JSON.stringify(name)}`
    expect(() => createLimiter({ policy: five, name })).toThrow(new RangeError(`Expected \`name\` ${wanted}`))
    const policies = { [name]: five }
    const error = new RangeError(`Expected the name of a policy ${wanted}`)
    expect(() => createLimiter({ policies })).toThrow(error)
  })

  it.each(['api', 'API_v1.2-beta', '0', '-', '.', '__proto__'])('takes %j for a name', async (name) => {
    const limiter = createLimiter({ name, policies: { [name]: five } })
    expect(await limiter.consume('ann')).toMatchObject({ policy: name, remaining: 4 })
  })

  it('can answer at once over a synchronous store, and only there', () => {
    expectTypeOf(createLimiter({ policy: five })).toEqualTypeOf<SyncLimiter>()
    expectTypeOf(createLimiter({ name: 'a', policy: five, store: memoryStore() })).toEqualTypeOf<SyncLimiter>()

    const overRedis = (store: ReturnType<typeof ioredisStore>) => createLimiter({ name: 'a', policy: five, store })
    expectTypeOf(overRedis).returns.toEqualTypeOf<Limiter>()
    const atOnce = (limiter: ReturnType<typeof overRedis>): unknown =>
      // @ts-expect-error Redis is never synchronous.
      limiter.consumeSync('ann')
    const gate = { apply: async () => [] }
    const limiter = createLimiter({ name: 'a', policy: five, store: { bind: () => gate } })
    expect(() => atOnce(limiter)).toThrow(TypeError)
    expect(new Set(Object.keys(limiter))).toEqual(
      new Set(['name', 'policies', 'with', 'consume', 'charge', 'wait', 'consumeMany', 'peek', 'refund', 'reset']),
    )
  })

  it('is checked by the compiler', () => {
    // @ts-expect-error Both.
    expect(() => createLimiter({ policy: five, policies: { five } })).toThrow(TypeError)
    // @ts-expect-error Neither.
    expect(() => createLimiter({ name: 'a' })).toThrow(TypeError)
  })
})

describe('a decision', () => {
  it('of one policy says the same twice', () => {
    const decision = createLimiter({ policy: fixedWindow({ limit: 3, window: '1h' }), name: 'a' }).consumeSync('ann')
    const { at, resetAfterMs } = decision
    const numbers = {
      allowed: true,
      limit: 3,
      used: 1,
      remaining: 2,
      retryAfterMs: 0,
      resetAfterMs,
      delayMs: 0,
      cost: 1,
    }
    expect(decision).toEqual({ ...numbers, at, policy: 'default', policies: { default: numbers }, source: 'store' })
  })

  it('on a cost above the quota is a refusal for ever', async () => {
    const { limiter, store } = setUp({ five })
    const never = { allowed: false, remaining: 5, retryAfterMs: Number.POSITIVE_INFINITY, resetAfterMs: 0 }
    expect(limiter.consumeSync('ann', { cost: 6 })).toMatchObject(never)
    expect(await limiter.consume('ann', { cost: Number.MAX_SAFE_INTEGER })).toMatchObject(never)
    expect(limiter.peekSync('ann', { cost: 6 })).toMatchObject(never)
    expect(store.size).toBe(0)
  })

  it('on a cost of 0 is always yes, and counts nothing', () => {
    const { limiter, store } = setUp({ five })
    expect(limiter.consumeSync('ann', { cost: 0 })).toMatchObject({ allowed: true, remaining: 5, resetAfterMs: 0 })
    expect(store.size).toBe(0)
    limiter.consumeSync('ann', { cost: 5 })
    expect(limiter.consumeSync('ann', { cost: 0 })).toMatchObject({
      allowed: true,
      remaining: 0,
      retryAfterMs: 0,
      resetAfterMs: 5000,
    })
    expect(limiter.consumeSync('ann', { cost: -0 }).allowed).toBe(true)
  })

  it('costs 1 unless the request says otherwise', async () => {
    const { limiter } = setUp({ five })
    expect(limiter.consumeSync('ann').remaining).toBe(4)
    expect(limiter.consumeSync('ann', {}).remaining).toBe(3)
    expect(limiter.consumeSync('ann', { cost: 2 }).remaining).toBe(1)
    expect((await limiter.consume('ann')).remaining).toBe(0)
  })
})

describe('a decision says', () => {
  it('when it was made, on the clock of the store', async () => {
    const { time, limiter } = setUp({ five })
    time.now = 1234.9
    expect(limiter.consumeSync('ann').at).toBe(1234)
    expect((await limiter.peek('ann')).at).toBe(1234)
  })

  it('what is used in whole units, rounded up, and more than the limit where that was lowered', () => {
    const { time, limiter } = setUp({ five })
    limiter.consumeSync('ann', { cost: 4 })
    time.now = 500
    expect(limiter.peekSync('ann')).toMatchObject({ limit: 5, used: 4, remaining: 1 })
    time.now = 1000
    expect(limiter.peekSync('ann').used).toBe(3)
    const fewer = limiter.with({ policies: { five: tokenBucket({ capacity: 2, refill: 1, per: '1s' }) } })
    expect(fewer.peekSync('ann')).toMatchObject({ limit: 2, used: 3, remaining: 0 })
  })

  it('what it charged: of each policy, and of the one that binds; nothing for a refusal, a peek or a refund', () => {
    const { limiter } = setUp({ five, tenADay })
    const cost = { five: 1, tenADay: 8 }
    const costs = (decision: Decision): number[] => [
      decision.cost,
      ...Object.values(decision.policies).map((one) => one.cost),
    ]
    expect(costs(limiter.peekSync('ann', { cost }))).toEqual([0, 0, 0])
    expect(costs(limiter.consumeSync('ann', { cost }))).toEqual([8, 1, 8])
    expect(costs(limiter.consumeSync('ann', { cost }))).toEqual([0, 0, 0])
    expect(costs(limiter.refundSync('ann', { cost }))).toEqual([0, 0, 0])
  })
})

describe('with', () => {
  const small = { ['__proto__']: five, daily: tenADay }
  const large = { daily: fixedWindow({ limit: 50, window: '1d' }), ['__proto__']: five }

  it('limits by other parameters what the limiter has counted, under the same name', () => {
    const { limiter, store } = setUp(small)
    const paid = limiter.with({ policies: large })
    expectTypeOf(paid).toEqualTypeOf<SyncLimiter>()
    limiter.consumeSync('ann', { cost: { ['__proto__']: 0, daily: 10 } })
    expect(limiter.consumeSync('ann').allowed).toBe(false)
    expect(paid.consumeSync('ann').policies.daily).toMatchObject({ allowed: true, limit: 50, used: 11 })
    expect(paid.name).toBe('test')
    expect(store.size).toBe(2)
  })

  it('names its policies in the order of the limiter, frozen, as own properties', () => {
    const { limiter } = setUp(small)
    const paid = limiter.with({ policies: large })
    for (const { policies } of [limiter, paid]) {
      expect(Object.keys(policies)).toEqual(['__proto__', 'daily'])
      expect(Object.isFrozen(policies)).toBe(true)
    }
    expect(paid.policies.daily?.limit).toBe(50)
  })

  it('takes back by one limiter what another of the same has charged', () => {
    const { limiter } = setUp(small)
    const decision = limiter.with({ policies: large }).consumeSync('ann')
    expect(limiter.refundSync('ann', { of: decision }).policies.daily?.used).toBe(0)
  })

  it('remembers the last 1,000, by their parameters', () => {
    const limiter = createLimiter({ policy: tenADay })
    const tier = (limit: number) => limiter.with({ policy: fixedWindow({ limit, window: '1d' }) })
    expect(limiter.with({ policy: fixedWindow({ limit: 10, window: '1d' }) })).toBe(limiter)
    const [first, second] = [tier(1001), tier(1002)]
    for (let limit = 2001; limit < 2999; limit += 1) tier(limit)
    expect(tier(1001)).toBe(first)
    tier(2999)
    expect(tier(1001)).toBe(first)
    expect(tier(1002)).not.toBe(second)
    expect(tier(1001).with({ policy: fixedWindow({ limit: 2999, window: '1d' }) })).toBe(tier(2999))
  })

  it.each<[unknown, Error]>([
    [{ policy: tenADay }, new RangeError('Expected the policies of `with` to be five, as in the limiter, got default')],
    [
      { policies: { five, tenADay } },
      new RangeError('Expected the policies of `with` to be five, as in the limiter, got five, tenADay'),
    ],
    [
      { policies: { five: tenADay } },
      new RangeError(
        'Expected the policy five of `with` to be a token-bucket, as in the limiter, got a fixed-window: it would be a fresh quota',
      ),
    ],
    [
      { policies: { five: 5 } },
      new TypeError('Expected `policies.five` to be a policy like tokenBucket({ … }), got 5'),
    ],
    [{}, new TypeError('Expected with to be given either `policy` or `policies`')],
    [five, new TypeError('Expected the options of with to be among policy, policies, got `algorithm`')],
  ])('refuses %o', (options, error) => {
    const { limiter } = setUp({ five })
    expect(() => limiter.with(options as { policy: Policy })).toThrow(error)
  })
})

describe('several policies', () => {
  it('are charged together, and the one with the least left binds', () => {
    const { limiter } = setUp({ daily: tenADay, burst: five })
    const decision = limiter.consumeSync('ann', { cost: 2 })
    expect(decision).toMatchObject({ policy: 'burst', allowed: true, limit: 5, remaining: 3, resetAfterMs: 2000 })
    expect(decision.policies).toEqual({
      daily: {
        allowed: true,
        limit: 10,
        used: 2,
        remaining: 8,
        retryAfterMs: 0,
        resetAfterMs: 86_400_000,
        delayMs: 0,
        cost: 2,
      },
      burst: {
        allowed: true,
        limit: 5,
        used: 2,
        remaining: 3,
        retryAfterMs: 0,
        resetAfterMs: 2000,
        delayMs: 0,
        cost: 2,
      },
    })
  })

  it('are charged all or none; a refusal says which stands in the way, and what each would say alone', () => {
    const { limiter } = setUp({ daily: tenADay, burst: five })
    limiter.consumeSync('ann', { cost: 4 })
    const refusal = limiter.consumeSync('ann', { cost: 2 })
    expect(refusal).toMatchObject({ policy: 'burst', allowed: false, limit: 5, remaining: 1, retryAfterMs: 1000 })
    expect(refusal.policies).toMatchObject({
      daily: { allowed: true, remaining: 6, retryAfterMs: 0 },
      burst: { allowed: false, remaining: 1, retryAfterMs: 1000 },
    })
    expect(left(limiter.peekSync('ann'))).toEqual({ daily: 6, burst: 1 })
  })

  it('are bound, when several refuse, by the one that takes longest', () => {
    const { time, limiter } = setUp({ burst: five, daily: tenADay, log: slidingLog({ limit: 4, window: '1m' }) })
    limiter.consumeSync('ann', { cost: 4 })
    time.now = 1000
    expect(limiter.consumeSync('ann', { cost: 3 })).toMatchObject({ policy: 'log', retryAfterMs: 59_000, limit: 4 })
    expect(limiter.consumeSync('ann', { cost: { daily: 7, log: 0 } })).toMatchObject({
      policy: 'daily',
      retryAfterMs: 86_399_000,
    })
    expect(limiter.consumeSync('ann', { cost: { burst: 6, daily: 7 } })).toMatchObject({
      policy: 'burst',
      retryAfterMs: Number.POSITIVE_INFINITY,
    })
  })

  it('of equals, the first declared binds', () => {
    const { limiter } = setUp({ b: five, a: five, c: five })
    expect(limiter.consumeSync('ann').policy).toBe('b')
    expect(limiter.consumeSync('ann', { cost: 5 }).policy).toBe('b')
    expect(limiter.consumeSync('ann', { cost: 6 }).policy).toBe('b')
    expect(limiter.consumeSync('ann', { cost: { c: 2 } }).policy).toBe('c')
    expect(limiter.peekSync('ann', { cost: { a: 3 } }).policy).toBe('a')
  })

  it('may each be given a cost; who is not named weighs 1', () => {
    const { limiter } = setUp({ requests: five, tokens: fixedWindow({ limit: 1000, window: '1m' }) })
    expect(left(limiter.consumeSync('ann', { cost: { tokens: 700 } }))).toEqual({ requests: 4, tokens: 300 })
    expect(left(limiter.consumeSync('ann', { cost: { requests: 0, tokens: 100 } }))).toEqual({
      requests: 4,
      tokens: 200,
    })
    expect(left(limiter.consumeSync('ann', { cost: {} }))).toEqual({ requests: 3, tokens: 199 })
    expect(limiter.consumeSync('ann', { cost: { tokens: 200 } })).toMatchObject({ allowed: false, policy: 'tokens' })
    expect(left(limiter.refundSync('ann', { cost: { requests: 0, tokens: 50 } }))).toEqual({ requests: 3, tokens: 249 })
  })

  it('wait as long as the slowest of them, whichever binds', () => {
    const slow = leakyBucket({ capacity: 9, leak: 1, per: '5s' })
    const { limiter } = setUp({ fast: leakyBucket({ capacity: 3, leak: 1, per: '1s' }), slow, daily: tenADay })
    limiter.consumeSync('ann')
    const decision = limiter.consumeSync('ann')
    expect(decision).toMatchObject({ policy: 'fast', remaining: 1, delayMs: 5000 })
    expect(decision.policies).toMatchObject({ fast: { delayMs: 1000 }, slow: { delayMs: 5000 }, daily: { delayMs: 0 } })
    expect(limiter.consumeSync('ann', { cost: 2 })).toMatchObject({ allowed: false, policy: 'fast', delayMs: 0 })
  })

  it('may bear any name, __proto__ and constructor among them', () => {
    const policies = { ['__proto__']: five, constructor: tenADay, hasOwnProperty: tenADay }
    const { limiter } = setUp(policies)
    expect(Object.entries(left(limiter.consumeSync('ann')))).toEqual([
      ['__proto__', 4],
      ['constructor', 9],
      ['hasOwnProperty', 9],
    ])
    const cost = { ['__proto__']: 2, constructor: 9 }
    const decision = limiter.consumeSync('ann', { cost })
    expect(decision.policy).toBe('constructor')
    expect(Object.entries(left(decision))).toEqual([
      ['__proto__', 2],
      ['constructor', 0],
      ['hasOwnProperty', 8],
    ])
  })

  it('are kept as they were given: a later change of the object changes nothing', () => {
    const policies: Record<string, Policy> = { five }
    const { limiter } = setUp(policies)
    policies.tenADay = tenADay
    expect(left(limiter.consumeSync('ann'))).toEqual({ five: 4 })
  })
})

describe('charge', () => {
  const burst = tokenBucket({ capacity: 5, refill: 1, per: '1s' })

  it('is the consume that would be allowed, field by field', () => {
    const { limiter } = setUp({ burst, tenADay })
    const other = setUp({ burst, tenADay }).limiter
    expect(limiter.chargeSync('ann', { cost: 2 })).toEqual(other.consumeSync('ann', { cost: 2 }))
    expect(limiter.chargeSync('ann', { cost: 0 })).toEqual(other.consumeSync('ann', { cost: 0 }))
  })

  it('counts past the limit, says when a cost of 1 would be allowed, and who comes later waits', async () => {
    const { time, limiter } = setUp({ default: burst })
    await limiter.consume('ann', { cost: 3 })
    expect(await limiter.charge('ann', { cost: 100 })).toMatchObject({
      allowed: false,
      used: 103,
      remaining: 0,
      retryAfterMs: 99_000,
      resetAfterMs: 103_000,
      delayMs: 0,
      cost: 100,
      source: 'store',
    })
    time.now = 98_999
    expect((await limiter.consume('ann')).retryAfterMs).toBe(1)
    time.now = 99_000
    expect((await limiter.consume('ann')).allowed).toBe(true)
  })

  it('counts in every policy, though only one of them refuses, and the longest wait binds', () => {
    const { limiter } = setUp({ burst, tenADay })
    const { policies, ...decision } = limiter.chargeSync('ann', { cost: { burst: 7, tenADay: 10 } })
    expect(decision).toMatchObject({ allowed: false, policy: 'tenADay', used: 10, retryAfterMs: 86_400_000, cost: 10 })
    expect(policies.burst).toMatchObject({ allowed: false, used: 7, remaining: 0, retryAfterMs: 3000, cost: 7 })
    expect(policies.tenADay).toMatchObject({
      allowed: true,
      used: 10,
      remaining: 0,
      retryAfterMs: 86_400_000,
      cost: 10,
    })
  })

  it('of more than the quota is not refused for ever', () => {
    const { limiter } = setUp({ tenADay })
    expect(limiter.chargeSync('ann', { cost: 11 })).toMatchObject({
      allowed: false,
      used: 11,
      retryAfterMs: 86_400_000,
    })
  })

  it('counts to 2^53 - 1 at most, and a debt to what drains in 2^50 ms', () => {
    const slow = tokenBucket({ capacity: 5, refill: 1, per: '7ms' })
    const { limiter } = setUp({ slow, tenADay })
    for (let i = 0; i < 2; i += 1) {
      const { policies } = limiter.chargeSync('ann', { cost: Number.MAX_SAFE_INTEGER })
      expect(policies.tenADay).toMatchObject({ used: Number.MAX_SAFE_INTEGER, cost: Number.MAX_SAFE_INTEGER })
      expect(policies.slow).toMatchObject({ used: Math.ceil(2 ** 50 / 7), resetAfterMs: 2 ** 50 })
    }
  })

  it('on a full log joins the newest entry, which counts from then on: nothing leaves early', () => {
    const { time, limiter } = setUp({ default: slidingLog({ limit: 2, window: '1s' }) })
    for (const now of [0, 100]) {
      time.now = now
      limiter.consumeSync('ann')
    }
    time.now = 300
    expect(limiter.chargeSync('ann')).toMatchObject({ allowed: false, used: 3, retryAfterMs: 1000 })
    time.now = 1299
    expect(limiter.peekSync('ann')).toMatchObject({ allowed: false, used: 2, retryAfterMs: 1 })
    time.now = 1300
    expect(limiter.peekSync('ann')).toMatchObject({ used: 0, remaining: 2 })
  })

  it('can be given back', () => {
    const { limiter } = setUp({ tenADay })
    const charged = limiter.chargeSync('ann', { cost: 20 })
    expect(limiter.refundSync('ann', { cost: 20, of: charged })).toMatchObject({ used: 0, remaining: 10 })
  })
})

describe('keys by policy', () => {
  const ip = fixedWindow({ limit: 3, window: '1h' })
  const user = tokenBucket({ capacity: 2, refill: 1, per: '1h' })
  const byPolicy = () => {
    const time = { now: 0 }
    const store = memoryStore({ clock: () => time.now })
    const options = { name: 'test', policies: { ip, user }, slot: 'limiter', store } as const
    return { time, store, limiter: createLimiter(options), other: createLimiter(options) }
  }
  const ann = { ip: '192.0.2.7', user: 'ann' }
  const bob = { ip: '192.0.2.7', user: 'bob' }

  it('are charged together or not at all', () => {
    const { limiter } = byPolicy()
    expect(left(limiter.consumeSync(ann))).toEqual({ ip: 2, user: 1 })
    expect(left(limiter.consumeSync(bob))).toEqual({ ip: 1, user: 1 })
    expect(left(limiter.consumeSync(bob))).toEqual({ ip: 0, user: 0 })
    const refused = limiter.consumeSync(ann)
    expect(refused).toMatchObject({ allowed: false, policy: 'ip' })
    expect(left(refused)).toEqual({ ip: 0, user: 1 })
    expect(left(limiter.peekSync({ ip: '198.51.100.1', user: 'ann' }))).toEqual({ ip: 3, user: 1 })
  })

  it('are taken by every verb', async () => {
    const { limiter } = byPolicy()
    const first = await limiter.consume(ann)
    expect(left(await limiter.charge(ann, { cost: 5 }))).toEqual({ ip: 0, user: 0 })
    expect((await limiter.peek(bob)).policies).toMatchObject({ ip: { used: 6 }, user: { used: 0 } })
    expect((await limiter.refund(ann, { of: first })).policies).toMatchObject({ ip: { used: 5 }, user: { used: 5 } })
    const many = await limiter.consumeMany([{ key: ann }, { key: { ...bob, ip: 'elsewhere' } }])
    expect(many.map(({ allowed }) => allowed)).toEqual([false, true])
    await limiter.reset({ ip: 'elsewhere', user: 'ann' })
    expect((await limiter.peek(ann)).policies).toMatchObject({ ip: { used: 5 }, user: { used: 0 } })
  })

  it('that are all the same are as one', async () => {
    const { limiter } = byPolicy()
    const first = limiter.consumeSync('ann')
    expect(left(limiter.consumeSync({ ip: 'ann', user: 'ann' }))).toEqual({ ip: 1, user: 0 })
    expect(left(limiter.refundSync({ user: 'ann', ip: 'ann' }, { of: first }))).toEqual({ ip: 2, user: 1 })
  })

  it('of a refund must be those of the decision', () => {
    const { limiter } = byPolicy()
    const first = limiter.consumeSync(ann)
    expect(left(limiter.refundSync(bob, { of: first }))).toEqual({ ip: 2, user: 2 })
    expect(left(limiter.refundSync('ann', { of: first }))).toEqual({ ip: 3, user: 1 })
    expect(left(limiter.refundSync({ ...ann }, { of: first }))).toEqual({ ip: 3, user: 2 })
  })

  it.each<[unknown, Error]>([
    [{ ip: 'a' }, new TypeError('Expected the key to name the policies ip, user, got ip')],
    [{}, new TypeError('Expected the key to name the policies ip, user, got none')],
    [{ ip: 'a', users: 'b' }, new TypeError('Expected the key to name the policies ip, user, got ip, users')],
    [
      { ip: 'a', user: 'b', all: 'c' },
      new TypeError('Expected the key to name the policies ip, user, got ip, user, all'),
    ],
    [{ ip: 'a', user: 5 }, new TypeError('Expected `key.user` to be a string, got 5')],
    [
      { ip: 'a', user: 'k'.repeat(65_537) },
      new RangeError('Expected `key.user` to have at most 65536 code units, got 65537'),
    ],
  ])('cannot be %o', async (key, error) => {
    const { limiter } = byPolicy()
    expect(() => limiter.consumeSync(key as string)).toThrow(error)
    await expect(limiter.consumeMany([{ key: 'a' }, { key: key as string }])).rejects.toThrow(error)
    expect(limiter.peekSync('a').remaining).toBe(2)
  })

  it("need the option `slot: 'limiter'`, on every store", () => {
    const { limiter } = setUp({ ip, user })
    expect(() => limiter.consumeSync(ann)).toThrow(
      new RangeError(
        "Expected the key to be a string, got an object: keys by policy need a limiter with the option `slot: 'limiter'`",
      ),
    )
  })

  it('count for themselves: another `slot` starts afresh', () => {
    const { store, limiter } = byPolicy()
    limiter.consumeSync('ann')
    const before = createLimiter({ name: 'test', policies: { ip, user }, store })
    expect(left(before.peekSync('ann'))).toEqual({ ip: 3, user: 2 })
  })
})

describe('peek', () => {
  it('says what consume would, of the state as it is', async () => {
    const { limiter, store } = setUp({ leaky: leakyBucket({ capacity: 3, leak: 1, per: '1s' }), daily: tenADay })
    limiter.consumeSync('ann')
    const before = JSON.stringify([...store.entries()])
    const peeked = await limiter.peek('ann', { cost: 2 })
    expect(peeked).toMatchObject({ allowed: true, policy: 'leaky', remaining: 2, resetAfterMs: 1000, delayMs: 1000 })
    expect(limiter.peekSync('ann', { cost: 2 })).toEqual(peeked)
    expect(JSON.stringify([...store.entries()])).toBe(before)
    const consumed = limiter.consumeSync('ann', { cost: 2 })
    expect(consumed).toMatchObject({ allowed: true, policy: 'leaky', remaining: 0, resetAfterMs: 3000, delayMs: 1000 })
  })

  it('names the policy that consume would leave the least of', () => {
    const { limiter } = setUp({ five, tenADay })
    const cost = { five: 0, tenADay: 9 }
    expect(limiter.peekSync('ann', { cost })).toMatchObject({ policy: 'tenADay', remaining: 10 })
    expect(limiter.consumeSync('ann', { cost })).toMatchObject({ policy: 'tenADay', remaining: 1 })
  })
})

describe('refund', () => {
  it('gives back to every policy, never past the full quota', async () => {
    const { limiter } = setUp({ five, tenADay })
    limiter.consumeSync('ann', { cost: 4 })
    expect(left(limiter.refundSync('ann'))).toEqual({ five: 2, tenADay: 7 })
    expect(left(await limiter.refund('ann', { cost: 2 }))).toEqual({ five: 4, tenADay: 9 })
    expect(left(limiter.refundSync('ann', { cost: 100 }))).toEqual({ five: 5, tenADay: 10 })
    expect(left(limiter.refundSync('ann', { cost: Number.MAX_SAFE_INTEGER }))).toEqual({ five: 5, tenADay: 10 })
  })

  it('answers like a peek with cost 0', () => {
    const { limiter } = setUp({ five, tenADay })
    limiter.consumeSync('ann', { cost: 5 })
    const refunded = limiter.refundSync('ann', { cost: 2 })
    expect(refunded).toMatchObject({ allowed: true, policy: 'five', remaining: 2, retryAfterMs: 0, resetAfterMs: 3000 })
    expect(refunded).toEqual(limiter.peekSync('ann', { cost: 0 }))
    const more = limiter.refundSync('ann', { cost: { five: 0, tenADay: 11 } })
    expect(more).toMatchObject({ allowed: true, policy: 'five', remaining: 2, retryAfterMs: 0 })
    expect(more).toEqual(limiter.peekSync('ann', { cost: 0 }))
  })

  it('gives back to those that have counted something, not to those that have expired or counted nothing', () => {
    const { time, limiter } = setUp({ five, second: fixedWindow({ limit: 10, window: '1s' }), tenADay })
    limiter.consumeSync('ann', { cost: { five: 3, second: 3, tenADay: 0 } })
    time.now = 1000
    expect(left(limiter.refundSync('ann', { cost: 1 }))).toEqual({ five: 4, second: 10, tenADay: 10 })
  })

  it('of a decision does nothing when that was a refusal, or was not made by the store', async () => {
    const { limiter } = setUp({ five })
    const allowed = limiter.consumeSync('ann', { cost: 4 })
    const refused = limiter.consumeSync('ann', { cost: 2 })
    expect(limiter.refundSync('ann', { of: refused, cost: 2 })).toMatchObject({ allowed: true, remaining: 1 })
    expect((await limiter.refund('ann', { of: refused })).remaining).toBe(1)
    const elsewhere = { ...allowed, source: 'local' } as unknown as Decision
    expect(limiter.refundSync('ann', { of: elsewhere, cost: 4 }).remaining).toBe(1)
    expect(limiter.refundSync('ann', { of: allowed, cost: 4 }).remaining).toBe(5)
  })

  it('of a peek, of a refund, of another key or of a decision made up gives nothing', async () => {
    const { limiter } = setUp({ five })
    const bob = limiter.consumeSync('bob', { cost: 2 })
    const [many] = await limiter.consumeMany([{ key: 'ann', cost: 4 }])
    const refunded = limiter.refundSync('ann', { cost: 0 })
    const none = [limiter.peekSync('ann'), await limiter.peek('ann'), refunded, bob, { ...bob }]
    for (const of of none) {
      expect(limiter.refundSync('ann', { of })).toEqual(limiter.peekSync('ann', { cost: 0 }))
      expect((await limiter.refund('ann', { of })).remaining).toBe(1)
    }
    expect(limiter.refundSync('ann', { of: many as Decision, cost: 4 }).remaining).toBe(5)
    expect((await limiter.refund('bob', { of: bob, cost: 2 })).remaining).toBe(5)
  })

  it('of a decision of another limiter gives nothing, though both count the same key', async () => {
    const { limiter, store } = setUp({ five })
    const other = createLimiter({ name: 'test', policies: { five }, store })
    const decision = other.consumeSync('ann', { cost: 4 })
    expect(limiter.refundSync('ann', { of: decision, cost: 4 }).remaining).toBe(1)
    expect(other.refundSync('ann', { of: decision, cost: 4 }).remaining).toBe(5)
  })

  it('leaves no trace in a decision of what it was the answer to', () => {
    const { limiter } = setUp({ five })
    const decision = limiter.consumeSync('ann')
    const twin = structuredClone(decision)
    expect(decision).toStrictEqual(twin)
    expect(Reflect.ownKeys(decision)).toEqual(Reflect.ownKeys(twin))
  })
})

describe('reset', () => {
  it('forgets all that is stored for the key, and only that', async () => {
    const { limiter } = setUp({ five, tenADay })
    for (const key of ['ann', 'bob']) limiter.consumeSync(key, { cost: 5 })
    expect(limiter.resetSync('ann')).toBeUndefined()
    expect(left(limiter.peekSync('ann'))).toEqual({ five: 5, tenADay: 10 })
    expect(left(limiter.peekSync('bob'))).toEqual({ five: 0, tenADay: 5 })
    expect(await limiter.reset('bob')).toBeUndefined()
    expect(left(limiter.peekSync('bob'))).toEqual({ five: 5, tenADay: 10 })
    expect(await limiter.reset('nobody')).toBeUndefined()
  })
})

describe('consumeMany', () => {
  it('decides independently and in order, each seeing those before', async () => {
    const { limiter } = setUp({ five })
    const decisions = await limiter.consumeMany([
      { key: 'ann', cost: 3 },
      { key: 'bob' },
      { key: 'ann', cost: 3 },
      { key: 'ann', cost: 2 },
      { key: 'cid', cost: 6 },
      { key: 'bob', cost: { five: 4 } },
    ])
    expect(decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 4],
      [false, 2],
      [true, 0],
      [false, 5],
      [true, 0],
    ])
  })

  it('decides nothing when it is asked nothing', async () => {
    const { limiter } = setUp({ five })
    expect(await limiter.consumeMany([])).toEqual([])
  })

  it.each<[unknown, string]>([
    [undefined, 'Expected consumeMany to be given an array, got undefined'],
    [{ key: 'ann' }, 'Expected consumeMany to be given an array, got an object'],
    ['ann', 'Expected consumeMany to be given an array, got "ann"'],
    [[{ key: 'ann' }, 'ann'], 'Expected each request of consumeMany to be given an object of options, got "ann"'],
    [[{ key: 'ann' }, {}], 'Expected the key to be a string, got undefined'],
    [[{ key: 'ann' }, { key: 5 }], 'Expected the key to be a string, got 5'],
    [
      [{ key: 'ann' }, { key: 'bob', costs: 5 }],
      'Expected the options of each request of consumeMany to be among key, cost, got `costs`',
    ],
  ])('counts nothing when it is given %o', async (requests, message) => {
    const { limiter, store } = setUp({ five })
    await expect(limiter.consumeMany(requests as ConsumeRequest[])).rejects.toThrow(new TypeError(message))
    expect(store.size).toBe(0)
  })
})

/** Makes each call that takes a key and a cost with these, and says how each fails; nothing may be counted by any. */
async function failures(key: unknown, options: unknown): Promise<unknown[]> {
  const { limiter, store } = setUp({ five, tenADay })
  limiter.consumeSync('ann')
  const before = JSON.stringify([...store.entries()])
  const given = [key as string, options as ConsumeOptions] as const
  const caught = (call: () => unknown): unknown => {
    try {
      return call()
    } catch (error) {
      return error
    }
  }
  const calls = [limiter.consumeSync, limiter.peekSync, limiter.refundSync]
  const many = [{ key: 'ann' }, { key, ...(options as ConsumeOptions) }] as ConsumeRequest[]
  const outcomes = [
    ...calls.map((call) => caught(() => call(...given))),
    // Not caught: what is asynchronous rejects, and does not throw.
    ...(await Promise.all(
      [limiter.consume(...given), limiter.peek(...given), limiter.refund(...given), limiter.consumeMany(many)].map(
        (promise) => promise.catch((error: unknown) => error),
      ),
    )),
  ]
  expect(JSON.stringify([...store.entries()])).toBe(before)
  return outcomes
}

describe('a cost', () => {
  it.each<[unknown, string]>([
    [-1, '-1'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [2 ** 53, '9007199254740992'],
    ['1', '"1"'],
    [null, 'null'],
    [true, 'true'],
    [1n, '1n'],
  ])('cannot be %o: the call fails and counts nothing', async (cost, got) => {
    const error = new RangeError(`Expected \`cost\` to be an integer from 0 to 2^53 - 1, got ${got}`)
    expect(await failures('ann', { cost })).toEqual(Array.from({ length: 7 }, () => error))
    const ofOne = new RangeError(`Expected \`cost.tenADay\` to be an integer from 0 to 2^53 - 1, got ${got}`)
    expect(await failures('ann', { cost: { tenADay: cost } })).toEqual(Array.from({ length: 7 }, () => ofOne))
  })

  it.each<[Cost, string]>([
    [{ five: 1, other: 1 }, 'other'],
    [{ toString: 1 }, 'toString'],
    [{ Five: 1 }, 'Five'],
  ])('cannot be for a policy that is not there: %o', async (cost, name) => {
    const error = new TypeError(`Expected \`cost\` to name policies among five, tenADay, got \`${name}\``)
    expect(await failures('ann', { cost })).toEqual(Array.from({ length: 7 }, () => error))
  })
})

describe('a key', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [new Map(), 'an object'],
    [['ann'], 'an array'],
    [Symbol('ann'), 'Symbol(ann)'],
  ])('cannot be %o', async (key, got) => {
    const error = new TypeError(`Expected the key to be a string, got ${got}`)
    expect(await failures(key, {})).toEqual(Array.from({ length: 7 }, () => error))
    const { limiter } = setUp({ five })
    expect(() => limiter.resetSync(key as string)).toThrow(error)
    await expect(limiter.reset(key as string)).rejects.toThrow(error)
  })

  it('has at most 65,536 code units', async () => {
    const error = new RangeError('Expected the key to have at most 65536 code units, got 65537')
    expect(await failures('k'.repeat(65_537), {})).toEqual(Array.from({ length: 7 }, () => error))
    const { limiter } = setUp({ five })
    expect(() => limiter.resetSync('k'.repeat(65_537))).toThrow(error)
    expect(limiter.consumeSync('k'.repeat(65_536)).remaining).toBe(4)
    expect(() => limiter.consumeSync('🚀'.repeat(32_769))).toThrow(RangeError)
    expect(limiter.consumeSync('🚀'.repeat(32_768)).remaining).toBe(4)
  })

  it.each(['', '\0', '{}', '}x', ' ', 'Ann', '\ud800', '\udc00', '�', '__proto__', 'constructor', 'toString'])(
    'can be %j, and counts for itself alone',
    (key) => {
      const { limiter } = setUp({ five })
      limiter.consumeSync('ann', { cost: 5 })
      expect(limiter.consumeSync(key)).toMatchObject({ allowed: true, remaining: 4 })
      expect(limiter.consumeSync(key)).toMatchObject({ allowed: true, remaining: 3 })
    },
  )
})

describe('the options of a call', () => {
  it.each<[string, unknown, string]>([
    ['consume', { costs: 1 }, 'Expected the options of consume to be among cost, signal, got `costs`'],
    ['consume', { of: undefined }, 'Expected the options of consume to be among cost, signal, got `of`'],
    ['consume', 5, 'Expected consume to be given an object of options, got 5'],
    ['consume', null, 'Expected consume to be given an object of options, got null'],
    ['peek', { costs: 1 }, 'Expected the options of peek to be among cost, got `costs`'],
    ['refund', { off: 1 }, 'Expected the options of refund to be among cost, of, got `off`'],
  ])('are checked: %s with %o', async (verb, options, message) => {
    const { limiter } = setUp({ five })
    const call = limiter[verb as 'consume'](...(['ann', options] as unknown as ['ann']))
    await expect(call).rejects.toThrow(new TypeError(message))
  })
})
