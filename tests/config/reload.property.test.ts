import { loadSluice, type StoreDocument } from '@sluice/config'
import { createLimiter, type Decision, type Limiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'

const seed = Number(process.env.SLUICE_SEED ?? 20_261_127)
const runs = (count: number): fc.Parameters<unknown> => ({
  seed,
  numRuns: count * Number(process.env.SLUICE_RUNS ?? 1),
})

/** What a reload may change of the one limiter here. */
interface Limits {
  readonly capacity: number
  readonly perHours: number
  readonly limit: number
  readonly acme: number | undefined
  readonly processes: number
  readonly deadline: '10s' | '20s'
}

const limits: fc.Arbitrary<Limits> = fc.record({
  capacity: fc.integer({ min: 1, max: 30 }),
  perHours: fc.constantFrom(1, 2, 24),
  limit: fc.integer({ min: 1, max: 30 }),
  acme: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  processes: fc.constantFrom(1, 3),
  deadline: fc.constantFrom('10s', '20s'),
})

const stores = {
  memory: { driver: 'memory' },
  compact: { driver: 'compact' },
  ioredis: { driver: 'ioredis', url: inject('redisUrl') },
  redis: { driver: 'redis', url: inject('redisUrl') },
} as const

let opened = 0

/** The store of a document that nobody else uses. */
function ownStore(name: keyof typeof stores): StoreDocument {
  const store = stores[name]
  opened += 1
  return 'url' in store ? { ...store, prefix: `reload-${process.pid}-${opened}` } : store
}

function documentOf(store: StoreDocument, own: Limits) {
  const { capacity, perHours, limit, acme, processes, deadline } = own
  return {
    store,
    limiters: {
      api: {
        policies: {
          burst: { algorithm: 'token-bucket', capacity, refill: 1, per: `${perHours}h` },
          daily: { algorithm: 'fixed-window', limit, window: '1d' },
        },
        overrides: acme === undefined ? [] : [{ match: { tenant: 'acme' }, policies: { daily: { limit: acme } } }],
        failure: 'throw',
        processes,
        deadline,
      },
    },
  } as const
}

const keys = ['ann', 'bob']

/** The same limits by the packages themselves, over one store. */
function byPackages(clock: () => number) {
  const store = memoryStore({ clock })
  return ({ capacity, perHours, limit, acme }: Limits, tenant: string | undefined): Limiter => {
    const policies = {
      burst: tokenBucket({ capacity, refill: 1, per: `${perHours * 3_600_000}ms` }),
      daily: fixedWindow({ limit: tenant === 'acme' ? (acme ?? limit) : limit, window: '1d' }),
    }
    return createLimiter({ name: 'api', store, policies })
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      key: fc.constantFrom(...keys),
      cost: fc.integer({ min: 0, max: 9 }),
      tenant: fc.constantFrom(undefined, 'acme', 'x'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ key: fc.constantFrom(...keys), back: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ forward: fc.constantFrom(1, 3_600_000, 43_200_000, 90_000_000) }) },
  { weight: 3, arbitrary: fc.record({ reload: limits }) },
)

describe.each(Object.keys(stores) as (keyof typeof stores)[])('over %s', (name) => {
  const isRedis = 'url' in stores[name]

  it('a limiter that is reloaded decides as the packages do with the same limits, field by field', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (first, steps) => {
        let now = 1_700_000_000_000
        const clock = (): number => now
        const store = ownStore(name)
        const sluice = await loadSluice(documentOf(store, first), { clock })
        // Handed out once: it follows each reload.
        const { api } = sluice.limiters
        const tenants = new Map([undefined, 'acme', 'x'].map((tenant) => [tenant, api.for({ tenant })]))
        const direct = byPackages(clock)
        let current = first
        for (const one of steps) {
          if ('reload' in one) {
            current = one.reload
            await sluice.reload(documentOf(store, current))
          } else if ('forward' in one) now += one.forward
          else if ('back' in one)
            expect(await api.refund(one.key, { cost: one.back })).toEqual(
              await direct(current, undefined).refund(one.key, { cost: one.back }),
            )
          else {
            const { key, cost, tenant } = one
            const decision = await tenants.get(tenant)?.consume(key, { cost })
            expect(decision).toEqual(await direct(current, tenant).consume(key, { cost }))
          }
        }
        for (const key of keys) await api.reset(key)
        await sluice.close()
      }),
      runs(isRedis ? 15 : 100),
    )
  })

  it('reloads under load neither lose nor grant a unit', async () => {
    const request = fc.record({ key: fc.constantFrom(...keys), cost: fc.integer({ min: 1, max: 3 }) })
    const wave = fc.record({
      before: fc.array(request, { maxLength: 12 }),
      reload: limits,
      after: fc.array(request, { maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(limits, fc.array(wave, { minLength: 1, maxLength: 6 }), async (first, waves) => {
        const store = ownStore(name)
        const sluice = await loadSluice(documentOf(store, first), { clock: () => 1_700_000_000_000 })
        const { api } = sluice.limiters
        // The model: the clock stands still, so of each key all that was admitted counts.
        const used = new Map(keys.map((key) => [key, 0]))
        let current = first

        for (const { before, reload, after } of waves) {
          const asked = [...before, ...after]
          const requests = before.map(({ key, cost }) => api.consume(key, { cost }))
          const reloading = sluice.reload(documentOf(store, reload))
          // While the new document is being read, and from the very moment when it holds.
          for (const { key, cost } of after.slice(0, 6)) requests.push(api.consume(key, { cost }))
          const onceApplied = reloading.then(() =>
            Promise.all(after.slice(6).map(({ key, cost }) => api.consume(key, { cost }))),
          )
          const decisions: Decision[] = [...(await Promise.all(requests)), ...(await onceApplied)]
          const [most, least] = [Math.max, Math.min].map((of) =>
            of(...[current, reload].map(({ capacity, limit }) => Math.min(capacity, limit))),
          )
          current = reload

          for (const key of keys) {
            const own = asked
              .map((one, i) => ({ ...one, decision: decisions[i] as Decision }))
              .filter((one) => one.key === key)
            const start = used.get(key) as number
            const admitted = own.filter(({ decision }) => decision.allowed).reduce((sum, { cost }) => sum + cost, 0)
            used.set(key, start + admitted)
            if (admitted > 0) expect(start + admitted).toBeLessThanOrEqual(most as number)
            // Nobody is refused who fits whatever was admitted, under the tighter of both documents.
            for (const { cost, decision } of own) {
              if (!decision.allowed) expect(start + admitted + cost).toBeGreaterThan(least as number)
            }
          }
          for (const key of keys) {
            const { policies } = await api.peek(key)
            expect([policies.burst.used, policies.daily.used]).toEqual([used.get(key), used.get(key)])
          }
        }
        for (const key of keys) await api.reset(key)
        await sluice.close()
      }),
      runs(isRedis ? 15 : 100),
    )
  })
})
