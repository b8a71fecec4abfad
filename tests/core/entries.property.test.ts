import type { Policy, Stored } from '@sluice/core'
import type { Rows, Table } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bounds, bytesOf, makeEntries } from '../../packages/core/src/memory/entries.ts'
import { mapRows } from '../../packages/core/src/memory/map-rows.ts'
import { compactRows } from '../../packages/stores/compact/src/compact-rows.ts'

// The entries of a memory store, over each kind of rows that one may have.
const kinds: readonly (readonly [string, MakeRows])[] = [
  ['map rows', mapRows],
  ['compact rows', compactRows],
]
type MakeRows = () => Rows

interface Known {
  readonly stored: Stored
  readonly bytes: number
}

const ceiling = 100

/** As much of a policy as entries read: its quota, and that its `rest` is a number of bytes. */
const policy = { format: 'x1', ceiling, restBytes: { of: (rest) => rest as number, most: 600 } } as Policy

function stored(used: number, expiresAt: number, restBytes: number): Stored {
  return { used, mark: expiresAt * 3, scale: used % 7, expiresAt, counted: used % 5, rest: restBytes }
}

const lifetime = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 }), fc.constant(2 ** 40))
// Those that are touched may be few or many, asked for once or again and again, in turn or at random.
const key = fc.oneof(fc.nat(5), fc.nat(40), fc.nat(400)).map((i) => `${i}`)
const step = fc.record({
  verb: fc.constantFrom('add', 'add', 'add', 'add', 'touch', 'touch', 'update', 'remove'),
  table: fc.nat(2),
  key: fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: key.map((one) => one.padEnd(150, 'x')) }),
  lifetime,
  used: fc.constantFrom(1, 1, 2, 50, ceiling, 3 * ceiling),
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

const bounds = fc.record({
  maxKeys: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 65, max: 150 })),
  // The largest entry is 128 + 300 + 600.
  maxBytes: fc.oneof(fc.constant(2 ** 40), fc.integer({ min: 2100, max: 20_000 })),
})

/** What a step has removed, and what there was and had been touched when it did. */
interface Removal {
  readonly forgotten: readonly string[]
  readonly before: ReadonlyMap<string, Known>
  /** Every entry that was ever touched, the latest last, and how large it was then. */
  readonly touched: ReadonlyMap<string, number>
  readonly now: number
}

/** Entries under test, and a plain Map that is played beside them. */
function playground(makeRows: MakeRows, within: Bounds) {
  let told = 0
  const rows = makeRows()
  const entries = makeEntries(rows, { ...within, graceMs: 0 })
  const forgot = (): void => {
    told += 1
  }
  const tables = [0, 1, 2].map((i) =>
    rows.makeTable({ name: `${i}`, slot: 'key', policyName: 'p', policy, size: 0, forgot }),
  )
  const idOf = (table: Table, key: string): string => `${table.name} ${key}`
  return {
    entries,
    tables,
    idOf,
    model: new Map<string, Known>(),
    touched: new Map<string, number>(),
    takeTold(): number {
      const count = told
      told = 0
      return count
    },
    listed: () => new Map([...entries.list()].map(({ table, key, stored }) => [idOf(table, key), stored])),
  }
}

type Playground = ReturnType<typeof playground>

/** Does one step to the entries and to the model. Returns whether there was anything to do. */
function doStep({ entries, tables, idOf, model, touched }: Playground, one: Step, now: number): boolean {
  const { verb, key, restBytes } = one
  const table = tables[one.table] as Table
  const id = idOf(table, key)
  const row = entries.find(table, key)
  const known = model.get(id)
  expect(row !== undefined).toBe(known !== undefined)
  const next = { stored: stored(one.used, now + one.lifetime, restBytes), bytes: bytesOf(key.length, restBytes) }
  const touch = (bytes: number): void => {
    touched.delete(id)
    touched.set(id, bytes)
  }
  if (row === undefined || known === undefined) {
    if (verb !== 'add') return false
    touch(next.bytes)
    model.set(id, next)
    entries.add({ table, key, stored: next.stored, keepUntil: next.stored.expiresAt, now })
  } else if (verb === 'remove') {
    model.delete(id)
    entries.remove(row)
  } else if (verb === 'touch') {
    touch(known.bytes)
    entries.touch(row)
  } else {
    if (next.bytes > known.bytes) touch(next.bytes)
    model.set(id, next)
    entries.write(row, next.stored, next.stored.expiresAt)
    entries.resize(row, now)
  }
  return true
}

/** Plays steps on entries and on a plain Map. */
function play(ground: Playground, all: readonly Step[], within: Bounds, removed: (removal: Removal) => void): void {
  const { entries, tables, model, touched } = ground
  let now = 1000

  for (const [i, one] of all.entries()) {
    now += one.elapsed
    const before = new Map(model)
    if (!doStep(ground, one, now)) continue

    // Looking at all of them takes long; the last steps of a history may fail as any others do.
    const isLast = i > all.length - 9
    if (entries.size() === model.size && !isLast) continue
    const listed = ground.listed()
    const gone = [...model.keys()].filter((other) => !listed.has(other))
    const forgotten = gone.filter((other) => (model.get(other) as Known).stored.expiresAt > now)
    expect(ground.takeTold()).toBe(forgotten.length)
    for (const other of gone) model.delete(other)
    removed({ forgotten, before, touched, now })
    expect(entries.size()).toBe(model.size)
    expect(entries.size()).toBeLessThanOrEqual(within.maxKeys)
    expect(entries.bytes()).toBeLessThanOrEqual(within.maxBytes)
    if (!isLast) continue

    expect(listed).toEqual(new Map([...model].map(([id, { stored }]) => [id, stored])))
    expect(entries.bytes()).toBe([...model.values()].reduce((sum, { bytes }) => sum + bytes, 0))
    for (const table of tables) {
      expect(table.size).toBe([...model.keys()].filter((id) => id.startsWith(table.name)).length)
    }
  }
}

/** The latest that were touched, within half of both bounds. */
function remembered({ touched }: Removal, { maxKeys, maxBytes }: Bounds): Set<string> {
  const latest = new Set<string>()
  let bytes = 0
  for (const [id, own] of [...touched].reverse()) {
    bytes += own
    if (latest.size === Math.floor(maxKeys / 2) || bytes > maxBytes / 2) break
    latest.add(id)
  }
  return latest
}

const harm = ({ stored: { used, expiresAt } }: Known, now: number): number =>
  Math.min(1, used / ceiling) * (expiresAt - now)

describe.each(kinds)('entries in %s', (_, makeRows) => {
  it('are what a Map would hold, within their bounds; only what has expired goes before there are too many', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(playground(makeRows, bounds), steps, bounds, ({ forgotten, before }) => {
          if (forgotten.length === 0) return
          const bytes = [...before.values()].reduce((sum, one) => sum + one.bytes, 0)
          // What has just grown or come is 1028 bytes at most.
          expect(before.size >= bounds.maxKeys || bytes + 1028 > bounds.maxBytes).toBe(true)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('that were touched last, within half of the bounds, are never forgotten', () => {
    fc.assert(
      fc.property(steps, bounds, (steps, bounds) => {
        play(playground(makeRows, bounds), steps, bounds, (removal) => {
          const latest = remembered(removal, bounds)
          for (const id of removal.forgotten) expect(latest).not.toContain(id)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('that fill a store from its half on are not forgotten for the next', () => {
    const { entries, tables } = playground(makeRows, { maxKeys: 1000, maxBytes: 4000 })
    const [table] = tables as [Table]
    const add = (key: string, restBytes: number): void =>
      entries.add({ table, key, stored: stored(1, 5000, restBytes), keepUntil: 5000, now: 0 })
    add('a', 1870)
    add('b', 1870)
    add('c', 0)
    expect(['a', 'b', 'c'].map((key) => entries.find(table, key) !== undefined)).toEqual([false, true, true])
  })

  it('that shrink take up no more than they are', () => {
    const { entries, tables } = playground(makeRows, { maxKeys: 1000, maxBytes: 4000 })
    const [table] = tables as [Table]
    const write = (key: string, restBytes: number): void => {
      const row = entries.find(table, key)
      const next = stored(1, 5000, restBytes)
      if (row === undefined) {
        entries.add({ table, key, stored: next, keepUntil: 5000, now: 0 })
        return
      }
      entries.write(row, next, 5000)
      entries.resize(row, 0)
    }
    // All of these count as touched: half of the store is in use before.
    write('old', 1870)
    write('x', 300)
    write('a', 1200)
    write('a', 0)
    write('b', 370)
    // Since x, 130 and 500 were touched, and now 600 more.
    write('c', 470)
    write('d', 300)
    expect(['old', 'x', 'a', 'b', 'c', 'd'].filter((key) => entries.find(table, key) === undefined)).toEqual(['old'])
  })

  it('make room, where they are few, in the order of what is lost with them', () => {
    // No more than the candidates.
    const few = bounds.map(({ maxKeys }) => ({ maxKeys: Math.min(maxKeys, 8), maxBytes: 2 ** 40 }))
    fc.assert(
      fc.property(steps, few, (steps, bounds) => {
        play(playground(makeRows, bounds), steps, bounds, ({ forgotten, before, touched, now }) => {
          const victim = before.get(forgotten[0] as string)
          if (victim === undefined) return
          // Five eighths may be held back; the others are there to choose from.
          const present = [...touched.keys()].filter((id) => before.has(id))
          const open = present.slice(0, Math.max(0, present.length - Math.ceil((bounds.maxKeys * 5) / 8) - 1))
          for (const id of open) {
            expect(harm(victim, now)).toBeLessThanOrEqual(harm(before.get(id) as Known, now))
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it('make room, where they are many, for what would be lost least of some', () => {
    const { entries, tables } = playground(makeRows, { maxKeys: 1000, maxBytes: 2 ** 40 })
    const [table] = tables as [Table]
    const add = (key: string, used: number): void =>
      entries.add({ table, key, stored: stored(used, 5000, 0), keepUntil: 5000, now: 0 })
    // Every second one has used all of its quota.
    for (let i = 0; i < 1000; i += 1) add(`${i}`, i % 2 === 0 ? ceiling : 1)
    for (let i = 0; i < 200; i += 1) add(`new:${i}`, 1)
    const left = (from: number): number =>
      Array.from({ length: 500 }, (_, i) => entries.find(table, `${2 * i + from}`)).filter((row) => row !== undefined)
        .length
    expect(left(0)).toBe(500)
    expect(left(1)).toBe(300)
  })

  it('that have expired are swept past half of a bound, however often others are written again', () => {
    const { entries, tables } = playground(makeRows, { maxKeys: 390, maxBytes: 2 ** 40 })
    const [table] = tables as [Table]
    const write = (key: string, now: number): void => {
      const row = entries.find(table, key)
      const next = stored(1, now + 1000, 0)
      if (row === undefined) entries.add({ table, key, stored: next, keepUntil: next.expiresAt, now })
      else entries.write(row, next, next.expiresAt)
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

  it('leave no room behind when many come and go', () => {
    const { entries, tables } = playground(makeRows, { maxKeys: 5000, maxBytes: 2 ** 40 })
    for (let i = 0; i < 12_000; i += 1) {
      const table = tables[i % 3] as Table
      entries.add({ table, key: `user:${i}`, stored: stored(1, 1000 + i, 0), keepUntil: 1000 + i, now: 0 })
    }
    expect(entries.size()).toBe(5000)
    for (const { table, key, stored: one } of [...entries.list()]) {
      const row = entries.find(table, key) as number
      const into = stored(0, 0, 0)
      entries.read(row, into)
      expect(into).toEqual(one)
      entries.remove(row)
    }
    expect([entries.size(), entries.bytes(), [...entries.list()]]).toEqual([0, 0, []])
  })
})
