import type { Ask, Gate, Mode, Policy } from '@sluice/core'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import { progress } from '../progress.ts'
import type { Connected } from '../redis/connect.ts'
import type { CountedRedis } from './callgrind.ts'

/** A script as long as they get, and how many thousand instructions it takes. */
export interface LongScript {
  readonly name: string
  readonly requests: number
  readonly cost: number
}

/** About 5 ms. */
export const longestKir = 35_000

interface Case {
  readonly name: string
  readonly policies: readonly Policy[]
  readonly mode: Mode
  /** What lies under each key before. Default: what one consume leaves. */
  readonly stored?: (now: number) => Buffer
  readonly cost?: number
}

const dayMs = 86_400_000
const entries = 10_000
const log = [slidingLog({ limit: entries, window: `${dayMs}ms` })]
const buckets = (howMany: number): Policy[] =>
  Array.from({ length: howMany }, () => tokenBucket({ capacity: 1000, refill: 1, per: '1h' }))

const cases: readonly Case[] = [
  ...[1, 4, 16].flatMap((howMany): Case[] => [
    { name: `${howMany} token buckets, consume`, policies: buckets(howMany), mode: 'consume' },
    { name: `${howMany} token buckets, refund`, policies: buckets(howMany), mode: 'refund' },
  ]),
  {
    name: 'sliding log, full, refused after two searches',
    policies: log,
    mode: 'consume',
    stored: (now) => logOf(now, { gone: 0, live: entries, gapMs: 8, agoMs: dayMs + 3 * entries }),
    cost: entries * 0.7,
  },
  {
    name: 'sliding log, full, more has left than not',
    policies: log,
    mode: 'consume',
    stored: (now) => logOf(now, { gone: entries + 65, live: entries - 1, gapMs: 1, agoMs: dayMs / 2 }),
  },
  {
    name: 'sliding log, full, refund',
    policies: log,
    mode: 'refund',
    stored: (now) => logOf(now, { gone: 0, live: entries, gapMs: 1, agoMs: dayMs / 2 }),
  },
]

/** Counts the server's instructions for the scripts that are as long as batches get. */
export async function measureLongest(redis: CountedRedis, { client, kind }: Connected): Promise<LongScript[]> {
  if (kind !== 'ioredis') throw new TypeError(`Expected a client of ioredis, got one of ${kind}`)
  const store = ioredisStore({ client })
  const found: LongScript[] = []
  for (const [i, { name, policies, mode, stored, cost = 1 }] of cases.entries()) {
    progress(`scripts: ${name}, as many as share one`)
    const limiter = `longest-${i}`
    const named = Object.fromEntries(policies.map((policy, n) => [`p${n}`, policy]))
    const gate = store.bind({ name: limiter, policies: named })
    const requests = mostTogether(policies, mode)
    const keys = Array.from({ length: requests }, (_, n) => `${n}`.padEnd(190, 'x'))
    // So that the script is there, and every key.
    await apply(gate, ['warm', 'up'], mode, policies, 0)
    if (stored === undefined) await apply(gate, keys, 'consume', policies, 2)
    const now = Date.now()
    for (const key of stored === undefined ? [] : keys) {
      await client.set(`sluice:{${key}}:${limiter}:p0:sl1`, stored?.(now) ?? '', 'PX', 2 * dayMs)
    }
    const total = await redis.count(() => apply(gate, keys, mode, policies, cost))
    found.push({ name, requests, cost: total / 1000 })
    await client.flushall()
  }
  return found
}

async function apply(
  gate: Gate,
  keys: readonly string[],
  mode: Mode,
  policies: readonly Policy[],
  cost: number,
): Promise<void> {
  const costs = policies.map(() => cost)
  const outcomes = await gate.apply(keys.map((key): Ask => ({ key, mode, costs })))
  for (const outcome of outcomes) if (outcome instanceof Error) throw outcome
}

/** How many requests share a script: the work of 512 buckets, 128 at most. */
function mostTogether(policies: readonly Policy[], mode: Mode): number {
  const work = policies.reduce((sum, policy) => sum + (policy.weigh?.(mode) ?? (mode === 'refund' ? 1.5 : 1)), 0)
  return Math.floor(128 / Math.max(1, work / 4))
}

interface LogShape {
  /** Entries of a unit that have left the window, and that have not. */
  readonly gone: number
  readonly live: number
  /** How far apart those are, and how long ago they began. */
  readonly gapMs: number
  readonly agoMs: number
}

/** A sliding log as it is stored. */
function logOf(now: number, { gone, live, gapMs, agoMs }: LogShape): Buffer {
  const base = now - agoMs
  const runs = Array.from({ length: gone + live }, (_, i) => [i < gone ? -dayMs : (i - gone) * gapMs, i + 1])
  const newest = base + (live - 1) * gapMs
  const foot = [base, gone, gone + live - 1, gone, 0, gone + 1, newest + dayMs, newest + 2 * dayMs]
  return Buffer.from(new Float64Array([...runs.flat(), ...foot]).buffer)
}
