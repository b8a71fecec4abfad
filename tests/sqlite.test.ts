import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createLimiter, type Policy, type SyncLimiter } from '@sluice/core'
import { type Harness, laws, type StoredEntry } from '@sluice/testkit'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../examples/sqlite-store.ts'
import { findAlgorithms } from '../tooling/packages.ts'

// The store that shows how to write one keeps the laws, with every algorithm.
const algorithms = await findAlgorithms()

const harness: Harness = {
  name: 'SQLite',
  async open(clock) {
    const database = new DatabaseSync(':memory:')
    database.exec('PRAGMA synchronous = off')
    const store = sqliteStore({ database, clock })
    return {
      store,
      stored: async () =>
        database
          .prepare('SELECT * FROM sluice ORDER BY id')
          .all()
          .map(
            ({ id, keepUntil, ...state }): StoredEntry => ({
              key: id as string,
              fingerprint: JSON.stringify(state),
              expiresAt: keepUntil as number,
            }),
          ),
      expiryNow: async () => clock?.() ?? Date.now(),
      close: async () => database.close(),
    }
  },
  close: async () => {},
}

// The same histories in every run, unless another seed is asked for; more of them with a factor.
const seed = Number(process.env.SLUICE_SEED ?? 20_261_123)
const factor = Number(process.env.SLUICE_RUNS ?? 1)
/** A file has no bound by which it would forget anything. */
const held = laws.filter(({ number }) => number !== 16)

describe.each(algorithms)('$name on SQLite', (subject) => {
  for (const law of held) {
    it(`law ${law.number}: ${law.title}`, async () => {
      const numRuns = Math.ceil((law.number === 10 ? 1000 : 60) * factor)
      await law.check({ subject, harness, others: algorithms }, { numRuns, seed })
    })
  }
})

/** A store in a database of its own, on a clock that the test sets. */
function setUp() {
  const time = { now: 0 }
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore({ database, clock: () => time.now })
  const limit = (policies: Record<string, Policy>): SyncLimiter => createLimiter({ name: 'test', policies, store })
  const size = (): number => database.prepare('SELECT * FROM sluice').all().length
  return { time, store, limit, size }
}

const bucket = tokenBucket({ capacity: 5, refill: 1, per: '1s' })

it('a few of the states that expired a day ago are deleted with each that comes', () => {
  const { time, limit, size } = setUp()
  const limiter = limit({ bucket })
  for (let i = 0; i < 10; i += 1) limiter.consumeSync(`early:${i}`)
  time.now = 1000 + 86_400_000 - 1
  limiter.consumeSync('late')
  expect(size()).toBe(11)
  time.now += 1
  for (const left of [8, 5, 4]) {
    limiter.consumeSync(`new:${left}`)
    expect(size()).toBe(left)
  }
})

it('a decision that fails halfway is undone, and so is its batch', async () => {
  const { store, limit, size } = setUp()
  const failing: Policy = {
    ...bucket,
    save() {
      throw new Error('disk full')
    },
  }
  const limiter = createLimiter({ name: 'test', policies: { bucket, failing }, store, failure: 'throw' })
  expect(() => limiter.consumeSync('ann')).toThrow('disk full')
  await expect(limiter.consumeMany([{ key: 'ann', cost: 0 }, { key: 'ann' }])).rejects.toThrow('disk full')
  expect(size()).toBe(0)
  expect(limit({ bucket }).consumeSync('ann', { cost: 5 }).allowed).toBe(true)
})

it('a batch is decided at one instant', async () => {
  let now = 0
  const store = sqliteStore({ database: new DatabaseSync(':memory:'), clock: () => (now += 1000) })
  const limiter = createLimiter({ name: 'test', policy: bucket, store })
  const decisions = await limiter.consumeMany([{ key: 'ann', cost: 5 }, { key: 'ann' }, { key: 'bob' }])
  expect(decisions.map(({ retryAfterMs }) => retryAfterMs)).toEqual([0, 1000, 0])
})

it('two stores over one file share what they hold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'))
  const [one, other] = [1, 2].map(() => new DatabaseSync(join(folder, 'states.db'))) as [DatabaseSync, DatabaseSync]
  const limit = (database: DatabaseSync): SyncLimiter =>
    createLimiter({ name: 'test', policy: bucket, store: sqliteStore({ database, clock: () => 0 }) })
  limit(one).consumeSync('ann', { cost: 3 })
  expect(limit(other).consumeSync('ann').remaining).toBe(1)
  one.close()
  other.close()
  rmSync(folder, { recursive: true })
})
