import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Stored } from '../contract.ts'
import { bytesOf, type Entries, type EntriesOptions, makeEntries } from './entries.ts'
import { none, wholeShare } from './rows.ts'

interface Known {
  readonly stored: Stored
  readonly share: number
  readonly bytes: number
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
// Those that are touched may be few or many, asked for once or again and again, in turn or at random.
const key = fc.oneof(fc.nat(5), fc.nat(40), fc.nat(400)).map((i) => `${i}`)
const step = fc.record({
  verb: fc.constantFrom('add', 'add', 'add', 'add', 'touch', 'touch', 'update', 'remove'),
  table: fc.nat(2),
  key: fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: key.map((one) => one.padEnd(150, 'x')) }),
  lifetime,
  share: fc.constantFrom(0, 0, 1, 31, wholeShare),
  restBytes: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(600) }),
  elapsed: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(30) }),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Many new ones, one after the other, and the same hot ones between them: a flood. */
const flood = fc
  .record({
    hot: fc.integer({ min: 1, max: 40 }),
    every: fc.integer({ min: 1, max: 9 }),
    one: step,
    count: fc.nat(300),
  })
  .map(({ hot, every, one, count }): Step[] =>
    Array.from({ length: count }, (_, i) => ({
      ...one,
      verb: i % every === 0 ? 'touch' : 'add',
      key: i % every === 0 ? `${(i / every) % hot}` : `new:${i}`,
      elapsed: 0,
    })),
  )
const steps = fc
  .array(fc.oneof({ weight: 30, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: flood }), {
    maxLength: 100,
    size: 'max',
  })
  .map((parts) => parts.flat())

const most = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 65, max: 150 }))
const bounds = fc.record({
  most,
  // The largest entry is 96 + 300 + 600.
  mostBytes: fc.oneof(fc.constant(2 ** 40), fc.integer({ min: 2000, max: 20_000 })),
  // Found by slots, by maps, or by either as they come and go.
  mappedUpTo: fc.constantFrom(0, 12, 1000),
  firstStamp: fc.constantFrom(1, 2 ** 31 - 5, 2 ** 31 - 1),
  seed: fc.integer(),
})
type Bounds = typeof bounds extends fc.Arbitrary<infer B> ? B : never

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** What a step has removed, and what there was and had been touched when it did. */
interface Removal {
  readonly forgotten: readonly string[]
  readonly before: ReadonlyMap<string, Known>
  /** Every entry that was ever touched, the latest last, and how large it was then. */
  readonly touched: ReadonlyMap<string, number>
  readonly now: number
}

/** Plays steps on entries and on a plain Map. */
function play(all: readonly Step[], { seed, ...bounds }: Bounds, removed: (removal: Removal) => void): void {
  const counts = [0, 0, 0]
  let told = 0
  const entries = makeEntries({
    ...bounds,
    graceMs: 0,
    random: randomFrom(seed),
    counted: (table, added) => {
      counts[table] = (counts[table] as number) + added
    },
    forgot: () => {
      told += 1
    },
  })
  const model = new Map<string, Known>()
  const touched = new Map<string, number>()
  const touch = (id: string, bytes: number): void => {
    touched.delete(id)
    touched.set(id, bytes)
  }
  let now = 1000

  for (const [i, { verb, table, key, lifetime, share, restBytes, elapsed }] of all.entries()) {
    now += elapsed
    const id = `${table} ${key}`
    const row = entries.find(table, key)
    const known = model.get(id)
    expect(row >= 0).toBe(known !== undefined)
    const next = { stored: stored(now + lifetime), share, bytes: bytesOf(key.length, restBytes) }
    // Copied only where something must go.
    const before = entries.size() >= bounds.most - 1 || verb !== 'touch' ? new Map(model) : model
    told = 0
    if (known === undefined) {
      if (verb !== 'add') continue
      touch(id, next.bytes)
      model.set(id, next)
      entries.add(table, key, next.stored, next, now)
    } else if (verb === 'remove') {
      model.delete(id)
      entries.remove(row)
    } else if (verb === 'touch') {
      touch(id, known.bytes)
      const into = stored(0)
      entries.touch(row, into)
      expect(into).toEqual(known.stored)
    } else {
      if (next.bytes > known.bytes) touch(id, next.bytes)
      model.set(id, next)
      entries.update(row, next.stored, next, now)
    }

    // Looking at all of them takes long; the last steps of a history may fail as any others do.
    const isLast = i > all.length - 9
    if (entries.size() === model.size && !isLast) continue
    const listed = new Map([...entries.list()].map(({ table, key, stored }) => [`${table} ${key}`, stored]))
    const gone = [...model.keys()].filter((other) => !listed.has(other))
    const forgotten = gone.filter((other) => (model.get(other) as Known).stored.expiresAt > now)
    expect(told).toBe(forgotten.length)
    for (const other of gone) model.delete(other)
    removed({ forgotten, before, touched, now })
    expect(entries.size()).toBe(model.size)
    expect(entries.size()).toBeLessThanOrEqual(bounds.most)
    expect(entries.bytes()).toBeLessThanOrEqual(bounds.mostBytes)
    if (!isLast) continue

    expect(listed).toEqual(new Map([...model].map(([id, { stored }]) => [id, stored])))
    expect(entries.bytes()).toBe([...model.values()].reduce((sum, { bytes }) => sum + bytes, 0))
    expect(counts).toEqual([0, 1, 2].map((table) => [...model.keys()].filter((id) => id.startsWith(`${table}`)).length))
    for (const { table, key, stored } of entries.list()) {
      expect(read(entries, entries.find(table, key))).toEqual(stored)
    }
  }
}

/** The latest that were touched, within half of both bounds. */
function remembered({ touched }: Removal, { most, mostBytes }: Bounds): Set<string> {
  const latest = new Set<string>()
  let bytes = 0
  for (const [id, own] of [...touched].reverse()) {
    bytes += own
    if (latest.size === Math.floor(most / 2) || bytes > mostBytes / 2) break
    latest.add(id)
  }
  return latest
}

describe('entries', () => {
  it('are what a Map would hold, within their bounds; only what has expired goes before there are too many', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(steps, bounds, ({ forgotten, before }) => {
          if (forgotten.length === 0) return
          const bytes = [...before.values()].reduce((sum, one) => sum + one.bytes, 0)
          // What has just grown or come is 996 bytes at most.
          expect(before.size >= bounds.most || bytes + 996 > bounds.mostBytes).toBe(true)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('that were touched last, within half of the bounds, are never forgotten', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(steps, bounds, (removal) => {
          const latest = remembered(removal, bounds)
          for (const id of removal.forgotten) expect(latest).not.toContain(id)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('make room, where they are few, in the order of what is lost with them', () => {
    const few = bounds.map((one) => ({ ...one, most: Math.min(one.most, 40), mostBytes: 2 ** 40 }))
    const harm = ({ share, stored }: Known, now: number): number => (1 + share) * (stored.expiresAt - now)
    fc.assert(
      fc.property(steps, few, (steps, bounds) => {
        play(steps, bounds, ({ forgotten, before, touched, now }) => {
          const victim = before.get(forgotten[0] as string)
          if (victim === undefined) return
          // Five eighths may be held back; the others are there to choose from.
          const present = [...touched.keys()].filter((id) => before.has(id))
          const open = present.slice(0, Math.max(0, present.length - Math.ceil((bounds.most * 5) / 8) - 1))
          for (const id of open) {
            expect(harm(victim, now)).toBeLessThanOrEqual(harm(before.get(id) as Known, now))
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it('make room, where they are many, for what would be lost least of some', () => {
    const entries = makeEntries({
      most: 1000,
      mostBytes: 2 ** 40,
      graceMs: 0,
      random: randomFrom(1),
      counted: () => {},
      forgot: () => {},
    })
    // Every second one has used all of its quota.
    for (let i = 0; i < 1000; i += 1) {
      entries.add(0, `${i}`, stored(5000), { share: i % 2 === 0 ? wholeShare : 0, bytes: 100 }, 0)
    }
    for (let i = 0; i < 100; i += 1) entries.add(0, `new:${i}`, stored(5000), { share: 0, bytes: 100 }, 0)
    const left = (from: number): number => {
      return Array.from({ length: 500 }, (_, i) => entries.find(0, `${2 * i + from}`)).filter((row) => row !== none)
        .length
    }
    expect(left(0)).toBeGreaterThanOrEqual(490)
    expect(left(1)).toBeLessThanOrEqual(410)
  })

  it('that have expired are swept, however often others are written again', () => {
    const entries = makeEntries({
      most: 10_000,
      mostBytes: 2 ** 40,
      graceMs: 0,
      counted: () => {},
      forgot: () => {},
    })
    const weight = { share: 0, bytes: 100 }
    const write = (key: string, now: number): void => {
      const row = entries.find(0, key)
      if (row < 0) entries.add(0, key, stored(now + 1000), weight, now)
      else entries.update(row, stored(now + 1000), weight, now)
    }
    for (let i = 0; i < 100; i += 1) {
      write(`busy:${i}`, i)
      write(`gone:${i}`, i)
    }
    for (let i = 0; i < 100; i += 1) {
      const now = 1100 + i
      for (let j = 0; j < 100; j += 1) write(`busy:${j}`, now)
      write(`new:${i}`, now)
    }
    const keys = [...entries.list()].map(({ key }) => key)
    expect(keys.filter((key) => key.startsWith('gone'))).toEqual([])
    expect(keys.filter((key) => key.startsWith('busy'))).toHaveLength(100)
  })

  it.each([0, 2000, 10_000])('keep their rows filled when many come and go, %i of them found by maps', (mappedUpTo) => {
    const options: EntriesOptions = {
      most: 5000,
      mostBytes: 5000 * 100,
      graceMs: 0,
      mappedUpTo,
      counted: () => {},
      forgot: () => {},
    }
    const entries = makeEntries(options)
    const weight = { share: 0, bytes: 100 }
    for (let i = 0; i < 12_000; i += 1) entries.add(i % 3, `user:${i}`, stored(1000 + i), weight, 0)
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
    expect(entries.bytes()).toBe(0)
    entries.add(0, 'ann', stored(5), weight, 0)
    expect(read(entries, entries.find(0, 'ann'))).toEqual(stored(5))
  })
})
