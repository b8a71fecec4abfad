import { createLimiter, memoryStore, type Policy, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { decodeList } from 'structured-field-values'
import { expect, it } from 'vitest'
import { readLimits } from '../fields/read-limits.ts'
import { limitFields } from './limit-fields.ts'
import { available, type DecisionNumbers, type QuotaSource } from './quota.ts'
import { refusal } from './refusal.ts'

const limit = fc.integer({ min: 1, max: 50 })
const length = fc.integer({ min: 50, max: 100_000 }).map((ms) => `${BigInt(ms)}ms` as const)
const policy: fc.Arbitrary<Policy> = fc.oneof(
  fc.tuple(limit, length).map(([limit, window]) => fixedWindow({ limit, window })),
  fc.tuple(limit, length).map(([limit, window]) => slidingLog({ limit, window })),
  fc.tuple(limit, length).map(([capacity, per]) => tokenBucket({ capacity, refill: 1, per })),
  fc.tuple(limit, length).map(([capacity, per]) => leakyBucket({ capacity, leak: 1, per })),
)
const policiesByName = fc.dictionary(fc.constantFrom('a', 'b-1', 'c.2', '__proto__'), policy, {
  minKeys: 1,
  maxKeys: 3,
})
const step = fc.record({
  cost: fc.oneof({ weight: 4, arbitrary: fc.nat(10) }, fc.nat(60)),
  pause: fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(200_000)),
})
const steps = fc.array(step, { minLength: 10, maxLength: 40 })

interface Setting {
  readonly limiter: SyncLimiter
  readonly quotas: QuotaSource
  readonly clock: { now: number }
}

function settingOf(policies: Readonly<Record<string, Policy>>): Setting {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const limiter = createLimiter({ name: 'api', policies, store: memoryStore({ clock: () => clock.now }) })
  return { limiter, quotas: { name: 'api', policies }, clock }
}

const decide = ({ limiter, clock }: Setting, cost: number): DecisionNumbers => {
  return { ...limiter.consumeSync('ann', { cost }), at: clock.now }
}

it('a client that waits exactly as long as Retry-After says is admitted, and knows it from each form', () => {
  let waits = 0
  fc.assert(
    fc.property(policiesByName, steps, (policies, steps) => {
      const setting = settingOf(policies)
      for (const { cost, pause } of steps) {
        setting.clock.now += pause
        const decision = decide(setting, cost)
        if (decision.allowed) continue
        const { status, headers } = refusal(decision, setting.quotas, { fields: ['draft-11', 'x-ratelimit'] })
        const { retryAfterMs } = readLimits(new Headers(headers), setting.clock.now)
        expect(status).toBe(retryAfterMs === undefined ? 413 : 429)
        expect(retryAfterMs === undefined).toBe(decision.retryAfterMs === Number.POSITIVE_INFINITY)
        if (retryAfterMs === undefined) continue
        waits += 1
        expect(retryAfterMs - decision.retryAfterMs).toBeLessThan(1000)
        setting.clock.now += retryAfterMs
        expect(decide(setting, cost).allowed).toBe(true)
      }
    }),
  )
  expect(waits).toBeGreaterThan(100)
})

it('the fields of any decision are read alike by another parser and by ours', () => {
  fc.assert(
    fc.property(policiesByName, steps, (policies, steps) => {
      const setting = settingOf(policies)
      for (const { cost, pause } of steps) {
        setting.clock.now += pause
        const fields = limitFields(decide(setting, cost), setting.quotas)
        const quotas = decodeList(fields['RateLimit-Policy'] as string)
        const states = decodeList(fields.RateLimit as string)
        const read = readLimits(new Headers(fields), setting.clock.now).limits
        expect(quotas.map(({ value }) => value)).toEqual(Object.keys(policies))
        for (const [i, { value, params }] of states.entries()) {
          const quota = setting.quotas.policies[value as string]
          expect(quotas[i]?.params.q).toBe(quota?.limit)
          expect(quotas[i]?.params.w).toBe(Math.ceil((quota?.window ?? 0) / 1000))
          expect(read[i]).toMatchObject({ name: value, limit: quota?.limit, remaining: params.r })
          expect(read[i]?.resetAfterMs).toBe(params.t === undefined ? undefined : params.t * 1000)
        }
      }
    }),
  )
})

it('what is offered never exceeds the rate at which the quota comes back, or what remains, and ends with Retry-After', () => {
  const large = fc.oneof(
    fc.integer({ min: 1, max: 1000 }),
    fc
      .maxSafeInteger()
      .map((n) => Math.abs(n) + 1)
      .filter(Number.isSafeInteger),
  )
  const window = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 2 ** 50 }))
  const retryAfterMs = fc.oneof(
    fc.integer({ min: 1, max: 100_000 }),
    fc.integer({ min: 1, max: 2 ** 50 }),
    fc.constant(Number.POSITIVE_INFINITY),
  )
  fc.assert(
    fc.property(
      large,
      fc.double({ min: 0, max: 1, noNaN: true }),
      window,
      fc.boolean(),
      retryAfterMs,
      (limit, part, window, allowed, wait) => {
        const remaining = Math.floor(limit * part)
        const own = {
          allowed,
          limit,
          remaining,
          used: 0,
          cost: 0,
          retryAfterMs: allowed ? 0 : wait,
          resetAfterMs: 1,
          delayMs: 0,
        }
        const offer = available(own, { limit, window })
        expect(offer.remaining).toBeLessThanOrEqual(remaining)
        if (offer.seconds === undefined) {
          expect(offer.remaining).toBe(0)
          return
        }
        expect(offer.seconds).toBeGreaterThanOrEqual(1)
        expect(BigInt(offer.remaining) * BigInt(window) <= BigInt(offer.seconds) * 1000n * BigInt(limit)).toBe(true)
        if (!allowed) expect(offer.seconds * 1000).toBeLessThan(wait + 1000)
      },
    ),
    { numRuns: 2000 },
  )
})
