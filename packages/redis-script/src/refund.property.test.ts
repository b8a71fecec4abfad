import { randomBytes } from 'node:crypto'
import { createLimiter, type Limiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { patientOptions } from '@sluice/store-ioredis/conformance'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, it } from 'vitest'
import type { Connection } from './connection.ts'
import { type ScriptStoreOptions, scriptStore } from './script-store.ts'

const redis = new Redis(inject('redisUrl'), patientOptions)
const prefix = `refund-${randomBytes(4).toString('hex')}`

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
})

type Sent = readonly [sha: string, keys: readonly string[], args: readonly string[]]

/** A connection that remembers what was sent. */
function recorder(): { readonly connection: Connection; readonly sent: Sent[] } {
  const sent: Sent[] = []
  return {
    sent,
    connection: {
      evalsha: (sha, keys, args) => {
        sent.push([sha, keys, args])
        return redis.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    },
  }
}

const policies = {
  // Nothing comes back by itself while a test runs.
  bucket: tokenBucket({ capacity: 40, refill: 1, per: '1d' }),
  window: fixedWindow({ limit: 30, window: '1d' }),
  log: slidingLog({ limit: 20, window: '1d' }),
}
const names = ['ann', 'bob'] as const
const cost = fc.oneof(
  fc.nat({ max: 8 }),
  fc.record({ bucket: fc.nat({ max: 3 }), window: fc.nat({ max: 3 }), log: fc.nat({ max: 3 }) }),
)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('consume'), key: fc.constantFrom(...names), cost }) },
  // Some at once, which share a script.
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('refund'),
      refunds: fc.array(fc.record({ key: fc.constantFrom(...names), cost }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('again'), which: fc.nat() }) },
)

let histories = 0

it.each<[string, ScriptStoreOptions]>([
  ["the server's clock", {}],
  ['an injected clock', { clock: () => 1_800_000_000_000 }],
])('what gives back is given once, however often and whenever a client sends it again: by %s', async (_, options) => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
    histories += 1
    const { connection, sent } = recorder()
    const store = scriptStore(connection, { prefix: `${prefix}-${histories}`, ...options })
    const limiter = createLimiter({ name: 'test', policies, store, failure: 'throw', deadline: '1m' })
    const gate = store.bind({ name: 'test', policies, deadline: 60_000 })
    await limiter.peek('ann')
    const scripts: { readonly script: Sent; readonly gave: boolean[] }[] = []
    for (const one of steps) {
      const before = await usedOf(limiter)
      const given = async (): Promise<number[]> =>
        (await usedOf(limiter)).map((used, i) =>
          (before[i] as number[]).reduce((sum, n, j) => sum + n - (used[j] as number), 0),
        )
      if ('key' in one) await limiter.consume(one.key, { cost: one.cost })
      else if ('refunds' in one) {
        await gate.apply(one.refunds.map(({ key, cost }) => ({ key, mode: 'refund', costs: costsOf(cost) })))
        const script = sent.at(-1) as Sent
        scripts.push({ script, gave: (await given()).map((units) => units > 0) })
      } else if (scripts.length > 0) {
        const { script, gave } = scripts[one.which % scripts.length] as (typeof scripts)[number]
        const [sha, keys, args] = script
        await redis.evalsha(sha, keys.length, ...keys, ...args)
        for (const [i, units] of (await given()).entries()) {
          // What gave nothing, because nothing was used, may do so later.
          if (gave[i]) expect(units).toBe(0)
          else gave[i] = units > 0
        }
      }
    }
  })
  await fc.assert(property, { numRuns: 60 })
})

function costsOf(cost: number | Readonly<Record<keyof typeof policies, number>>): number[] {
  return Object.keys(policies).map((name) => (typeof cost === 'number' ? cost : cost[name as keyof typeof policies]))
}

/** What is used, by key and policy. */
async function usedOf(limiter: Limiter): Promise<number[][]> {
  const decisions = await Promise.all(names.map((key) => limiter.peek(key)))
  return decisions.map(({ policies }) => Object.values(policies).map(({ limit, remaining }) => limit - remaining))
}
