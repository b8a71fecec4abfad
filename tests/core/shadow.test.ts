import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const one = fixedWindow({ limit: 1, window: '60s' })
const ten = fixedWindow({ limit: 10, window: '60s' })
const store = () => memoryStore({ clock: () => 0 })

/** A store that cannot answer. */
const broken: Store = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }

describe('a limiter in shadow mode', () => {
  it('admits, and says what it would have done', () => {
    const limiter = createLimiter({ name: 'a', policy: one, store: store(), mode: 'shadow' })
    expect(limiter.consumeSync('k')).toMatchObject({
      allowed: true,
      cost: 1,
      shadow: { allowed: true, retryAfterMs: 0 },
    })
    expect(limiter.consumeSync('k')).toEqual({
      ...{ allowed: true, limit: 1, used: 1, remaining: 0, retryAfterMs: 0, resetAfterMs: 60_000, delayMs: 0, cost: 0 },
      ...{ at: 0, policy: 'default', source: 'store', shadow: { allowed: false, retryAfterMs: 60_000, delayMs: 0 } },
      policies: {
        default: {
          ...{
            allowed: true,
            limit: 1,
            used: 1,
            remaining: 0,
            retryAfterMs: 0,
            resetAfterMs: 60_000,
            delayMs: 0,
            cost: 0,
          },
          shadow: { allowed: false, retryAfterMs: 60_000, delayMs: 0 },
        },
      },
    })
    expect(limiter.peekSync('k')).toMatchObject({ allowed: true, shadow: { allowed: false } })
  })

  it('admits what could never be admitted', () => {
    const limiter = createLimiter({ policy: one, mode: 'shadow' })
    const { allowed, shadow } = limiter.consumeSync('k', { cost: 2 })
    expect({ allowed, shadow }).toEqual({
      allowed: true,
      shadow: { allowed: false, retryAfterMs: Number.POSITIVE_INFINITY, delayMs: 0 },
    })
  })

  it('delays nobody, and says for how long it would have', () => {
    const policy = leakyBucket({ capacity: 2, leak: 1, per: '1s' })
    const limiter = createLimiter({ name: 'a', policy, store: store(), mode: 'shadow' })
    limiter.consumeSync('k')
    expect(limiter.consumeSync('k')).toMatchObject({ delayMs: 0, shadow: { allowed: true, delayMs: 1000 } })
  })

  it('charges what has happened, and takes back what it has charged and no more', () => {
    const policies = { one, ten }
    const limiter = createLimiter({ name: 'a', policies, store: store(), mode: { one: 'shadow' } })
    limiter.consumeSync('k')
    const second = limiter.consumeSync('k')
    expect(second).toMatchObject({ allowed: true, policy: 'ten', used: 2, policies: { one: { used: 1, cost: 0 } } })
    limiter.refundSync('k', { of: second })
    const after = limiter.peekSync('k', { cost: 0 })
    expect(after.policies).toMatchObject({ one: { used: 1 }, ten: { used: 1 } })
    expect(limiter.chargeSync('k', { cost: 3 })).toMatchObject({
      allowed: true,
      shadow: { allowed: false },
      policies: { one: { used: 4 }, ten: { used: 4 } },
    })
  })

  it('refuses what policies refuse that are not watched, and charges none', () => {
    const limiter = createLimiter({ name: 'a', policies: { one, ten }, store: store(), mode: { ten: 'shadow' } })
    limiter.consumeSync('k')
    expect(limiter.consumeSync('k')).toMatchObject({
      allowed: false,
      policy: 'one',
      shadow: { allowed: false },
      policies: { ten: { allowed: true, used: 1, shadow: { allowed: true } } },
    })
  })

  it.each([
    ['local', { allowed: true, shadow: { allowed: false } }],
    ['open', { allowed: true, shadow: { allowed: true } }],
    ['closed', { allowed: true, shadow: { allowed: false } }],
  ] as const)('refuses nothing without its store either (%s)', async (failure, expected) => {
    const policies = { one, bucket: tokenBucket({ capacity: 5, refill: 1, per: '1s' }) }
    const limiter = createLimiter({ name: 'a', policies, store: broken, failure, mode: 'shadow' })
    await limiter.consume('k')
    expect(await limiter.consume('k')).toMatchObject({ ...expected, source: failure })
    const half = createLimiter({ name: 'a', policies, store: broken, failure, mode: { one: 'shadow' } })
    await half.consume('k')
    const decision = await half.consume('k')
    expect(decision).toMatchObject({ ...expected, allowed: failure !== 'closed', policy: 'bucket' })
    expect(decision.policies.one).toMatchObject({ allowed: true, shadow: expected.shadow })
  })

  it('has the same mode with other parameters', () => {
    const limiter = createLimiter({ policy: one, mode: 'shadow' })
    expect(limiter.with({ policy: ten }).consumeSync('k', { cost: 11 })).toMatchObject({ allowed: true, limit: 10 })
  })

  it('says nothing of a shadow where no policy is watched', () => {
    for (const mode of [undefined, 'enforce', {}, { default: 'enforce' }] as const) {
      const decision = createLimiter({ policy: one, mode }).consumeSync('k')
      expect('shadow' in decision || 'shadow' in (decision.policies.default ?? {})).toBe(false)
    }
  })
})

/** The keys for which a limiter enforces its policy. */
function enforced(keys: readonly string[], enforce: number, name = 'a'): string[] {
  const limiter = createLimiter({ name, policy: one, store: store(), mode: 'shadow', enforce })
  return keys.filter((key) => !limiter.consumeSync(key, { cost: 2 }).allowed)
}

describe('enforce', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `user:${i}`)

  it('is a part of the keys, the same ones in each process', () => {
    expect(enforced(keys, 0)).toEqual([])
    expect(enforced(keys, 1)).toEqual(keys)
    const tenth = enforced(keys, 0.1)
    expect(tenth.length).toBeGreaterThan(900)
    expect(tenth.length).toBeLessThan(1100)
    expect(tenth.slice(0, 4)).toEqual(['user:4', 'user:5', 'user:9', 'user:15'])
  })

  it('enforces for those before, and for more, as it grows', () => {
    const part = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50, size: 'max' }), part, part, (some, a, b) => {
        const [less, more] = [enforced(some, Math.min(a, b)), enforced(some, Math.max(a, b))]
        expect(more).toEqual(expect.arrayContaining(less))
      }),
    )
  })

  it('takes other keys for another limiter', () => {
    expect(enforced(keys, 0.1, 'b')).not.toEqual(enforced(keys, 0.1))
  })

  it('goes by the key of each policy', () => {
    const [yes, no] = [
      enforced(keys, 0.5)[0] as string,
      keys.find((key) => !enforced([key], 0.5).includes(key)) as string,
    ]
    const policies = { ip: one, user: one }
    const limiter = createLimiter({ name: 'a', policies, store: store(), slot: 'limiter', enforce: 0.5 })
    const shadowsOf = (ip: string, user: string) => {
      const decision = limiter.peekSync({ ip, user })
      return [decision.policies.ip?.shadow, decision.policies.user?.shadow, decision.shadow].map(
        (shadow) => shadow !== undefined,
      )
    }
    expect(shadowsOf(yes, no)).toEqual([false, true, true])
    expect(shadowsOf(no, yes)).toEqual([true, false, true])
    expect(shadowsOf(yes, yes)).toEqual([false, false, false])
    expect(shadowsOf(no, no)).toEqual([true, true, true])
  })
})

describe('what is not allowed', () => {
  it.each([
    [{ mode: 'dry-run' }, "Expected `mode` to be 'enforce' or 'shadow', got \"dry-run\""],
    [{ mode: { default: true } }, "Expected `mode.default` to be 'enforce' or 'shadow', got true"],
    [{ mode: { daily: 'shadow' } }, 'Expected `mode` to name policies of the limiter (default), got "daily"'],
    [{ enforce: 1.1 }, 'Expected `enforce` to be a part of the keys, from 0 to 1, got 1.1'],
    [{ enforce: Number.NaN }, 'Expected `enforce` to be a part of the keys, from 0 to 1, got NaN'],
    [{ enforce: '10%' }, 'Expected `enforce` to be a number, got "10%"'],
    [{ mode: 'enforce', enforce: 0.1 }, 'Expected `enforce` only with a policy in shadow mode'],
  ])('%j', (options, message) => {
    expect(() => createLimiter({ policy: one, ...(options as object) })).toThrow(message)
  })
})
