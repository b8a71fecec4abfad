import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Stored } from '../contract.ts'
import { type Entries, type EntriesOptions, makeEntries } from './entries.ts'
import { type Rank, rank } from './rows.ts'

interface Known extends Stored {
  readonly rank: Rank
  readonly addedAt: number
}

function stored(expiresAt: number): Stored {
  return {
    used: expiresAt * 2 + 1,
    mark: expiresAt * 3,
    scale: 7,
    expiresAt,
    rest: expiresAt % 5 === 0 ? {} : undefined,
  }
}

function read(entries: Entries, row: number): Stored {
  const into = stored(0)
  entries.read(row, into)
  return into
}

const lifetime = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 }), fc.constant(2 ** 40))
const step = fc.record({
  verb: fc.constantFrom('add', 'add', 'add', 'update', 'remove'),
  table: fc.nat(2),
  key: fc.nat(60).map((i) => `key:${i}`),
  lifetime,
  rank: fc.constantFrom(rank.open, rank.open, rank.spent),
  elapsed: fc.oneof(fc.constant(0), fc.nat(30)),
})

/** Plays steps on entries and on a plain Map, and says for each addition who was there before and is no longer. */
function play(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  bounds: Pick<EntriesOptions, 'most' | 'mappedUpTo'>,
  added: (gone: readonly Known[], before: ReadonlyMap<string, Known>, now: number) => void,
): void {
  const entries = makeEntries({ ...bounds, graceMs: 0 })
  const model = new Map<string, Known>()
  let now = 1000
  for (const { verb, table, key, lifetime, rank, elapsed } of steps) {
    now += elapsed
    const id = `${table} ${key}`
    const row = entries.find(table, key)
    expect(row >= 0).toBe(model.has(id))
    const state = stored(now + lifetime)
    if (verb === 'remove') {
      if (row >= 0) entries.remove(row)
      model.delete(id)
    } else if (row >= 0) {
      entries.update(row, state, rank, now)
      model.set(id, { ...state, rank, addedAt: Number.NaN })
    } else if (verb === 'add') {
      const before = new Map(model)
      entries.add(table, key, state, rank, now)
      const gone = [...model].filter(([other]) => {
        const [own, name] = other.split(' ') as [string, string]
        return entries.find(Number(own), name) < 0
      })
      for (const [other] of gone) model.delete(other)
      model.set(id, { ...state, rank, addedAt: now })
      added(
        gone.map(([, one]) => one),
        before,
        now,
      )
    }

    expect(entries.size()).toBe(model.size)
    expect(entries.size()).toBeLessThanOrEqual(bounds.most)
    const listed = [...entries.list()].map(({ table, key, stored }) => [`${table} ${key}`, stored] as const)
    const expected = [...model].map(([id, { used, mark, scale, expiresAt, rest }]) => {
      return [id, { used, mark, scale, expiresAt, rest }] as const
    })
    expect(new Map(listed)).toEqual(new Map(expected))
    for (const { table, key, stored } of entries.list()) {
      expect(read(entries, entries.find(table, key))).toEqual(stored)
    }
  }
}

describe('entries', () => {
  const steps = fc.array(step, { maxLength: 150, size: 'max' })
  // Found by slots, by maps, or by either as they come and go.
  const bounds = fc.record({ most: fc.integer({ min: 1, max: 40 }), mappedUpTo: fc.constantFrom(0, 12, 100) })

  it('are what a Map would hold, never more than allowed; only what has expired goes before there are too many', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(steps, bounds, (gone, before, now) => {
          const alive = gone.filter(({ expiresAt }) => expiresAt > now)
          expect(gone.length).toBeLessThanOrEqual(3)
          expect(alive.length).toBeLessThanOrEqual(before.size - (gone.length - alive.length) >= bounds.most ? 1 : 0)
        })
      }),
      { numRuns: 150 },
    )
  })

  it('with nothing left to consume go last', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(steps, bounds, (gone, before, now) => {
          const victim = gone.find(({ expiresAt }) => expiresAt > now)
          if (victim?.rank !== rank.spent) return
          const stay = [...before.values()].filter((one) => !gone.includes(one))
          expect(stay.every((one) => one.rank === rank.spent)).toBe(true)
        })
      }),
      { numRuns: 150 },
    )
  })

  it('that make room expire later than any other by less than what that one had left when it was added', () => {
    // None is written again: those that are wait in line anew, whenever they come to the front.
    const steps = fc.array(
      step.map((one) => ({ ...one, rank: rank.open })),
      { maxLength: 150, size: 'max' },
    )
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        const once = new Set<string>()
        const unique = steps.filter(({ verb, key, table }) => {
          const id = `${table} ${key}`
          if (verb === 'remove') once.delete(id)
          const isNew = verb !== 'remove' && !once.has(id)
          if (verb === 'add') once.add(id)
          return verb === 'remove' || (verb === 'add' && isNew)
        })
        play(unique, bounds, (gone, before, now) => {
          const victim = gone.find(({ expiresAt }) => expiresAt > now)
          if (victim === undefined) return
          for (const { expiresAt, addedAt } of before.values()) {
            if (expiresAt - addedAt < 2 ** 31) expect(victim.expiresAt - expiresAt).toBeLessThan(expiresAt - addedAt)
          }
        })
      }),
      { numRuns: 150 },
    )
  })

  it('that have expired are swept, however many others stand before them and are written again and again', () => {
    const entries = makeEntries({ most: 10_000, graceMs: 0 })
    const write = (key: string, now: number): void => {
      const row = entries.find(0, key)
      if (row < 0) entries.add(0, key, stored(now + 1000), rank.open, now)
      else entries.update(row, stored(now + 1000), rank.open, now)
    }
    for (let i = 0; i < 100; i += 1) {
      write(`busy:${i}`, i)
      write(`gone:${i}`, i)
    }
    for (let i = 0; i < 200; i += 1) {
      const now = 1100 + 10 * i
      for (let j = 0; j < 100; j += 1) write(`busy:${j}`, now)
      write(`new:${i}`, now)
    }
    const keys = [...entries.list()].map(({ key }) => key)
    expect(keys.filter((key) => key.startsWith('gone'))).toEqual([])
    expect(keys.filter((key) => key.startsWith('busy'))).toHaveLength(100)
  })

  it.each([0, 2000, 10_000])('keep their rows filled when many come and go, %i of them found by maps', (mappedUpTo) => {
    const entries = makeEntries({ most: 5000, graceMs: 0, mappedUpTo })
    const key = (i: number): string => `user:${i}`
    for (let i = 0; i < 12_000; i += 1) entries.add(i % 3, key(i), stored(1000 + i), rank.open, 0)
    expect(entries.size()).toBe(5000)
    for (const one of [...entries.list()]) {
      const row = entries.find(one.table, one.key)
      expect(read(entries, row)).toEqual(one.stored)
      if (one.stored.expiresAt % 10 !== 0) entries.remove(row)
    }
    expect(entries.size()).toBe([...entries.list()].filter(({ stored }) => stored.expiresAt % 10 === 0).length)
    for (const { table, key, stored } of [...entries.list()]) {
      expect(read(entries, entries.find(table, key))).toEqual(stored)
      entries.remove(entries.find(table, key))
    }
    expect(entries.size()).toBe(0)
    entries.add(0, 'ann', stored(5), rank.open, 0)
    expect(read(entries, entries.find(0, 'ann'))).toEqual(stored(5))
  })
})
