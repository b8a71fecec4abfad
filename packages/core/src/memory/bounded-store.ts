import { type Clock, clockOfRuntime, expectClock, injectedClockGraceMs } from '../clock.ts'
import type { Stored } from '../contract/policy.ts'
import type { Binding, SyncStore } from '../contract/store.ts'
import { decidingGate, type States } from '../deciding-gate.ts'
import { expectOptions, expectPositiveInteger } from '../expect.ts'
import { longestKey } from '../longest-key.ts'
import { reportLevels, type StoreLevel } from '../store-levels.ts'
import { type Bounds, bytesOf, type Entries, makeEntries } from './entries.ts'
import { forgetting } from './forgetting.ts'
import type { Rows, Table } from './rows.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most; a key takes one for each policy. Default 100,000. */
  readonly maxKeys?: number | undefined
  /**
   * How many bytes the entries take at most: each counts as 128, two for each code unit of its key, and what a sliding log
   * needs for its runs. Default 64 MiB, or 512 for each of `maxKeys` where that is more.
   */
  readonly maxBytes?: number | undefined
  /** Default: `Date.now()`. With a clock of your own, entries are kept a day longer. */
  readonly clock?: Clock | undefined
}

/** One stored entry, for tests and metrics. */
export interface MemoryEntry {
  readonly name: string
  readonly policy: string
  readonly format: string
  readonly key: string
  readonly stored: Stored
}

/** State in this process. Answers synchronously; no timers. */
export interface MemoryStore extends SyncStore {
  /** Entries held now, those not yet swept among them. */
  readonly size: number
  /** How many bytes they count as. */
  readonly bytes: number
  /** What is stored, in no particular order. What is stored or removed meanwhile may be left out, or listed twice. */
  entries(): IterableIterator<MemoryEntry>
}

/**
 * A store in memory, within its bounds. Once it is more than half full, each new entry sweeps a few that have expired. Past a
 * bound, others make room, but never the latest that were consumed from: all those within half of `maxKeys` and of `maxBytes`.
 * Of some others, those go that have used the smallest share of their quota for the shortest time to come.
 */
export function boundedStore<T extends Table>(
  factory: string,
  rows: Rows<T>,
  options: MemoryStoreOptions,
): MemoryStore {
  expectOptions(factory, options, ['maxKeys', 'maxBytes', 'clock'])
  expectClock(options.clock)
  const { clock = clockOfRuntime } = options
  const bounds = expectBounds(options)
  const entries = makeEntries(rows, { ...bounds, graceMs: clock === clockOfRuntime ? 0 : injectedClockGraceMs })
  reportLevels(entries, levelsOf)

  return {
    bind(limiter) {
      expectRoom(limiter, bounds)
      const { name, slot = 'key' } = limiter
      const forgot = forgetting(limiter)
      const policies = Object.entries(limiter.policies).map(([policyName, policy]) => {
        const table = rows.makeTable({ name, slot, policyName, policy, size: 0, forgot })
        return { policy, states: statesIn(entries, table) }
      })
      return decidingGate({ policies, clock })
    },
    get size() {
      return entries.size()
    },
    get bytes() {
      return entries.bytes()
    },
    *entries() {
      for (const { table, key, stored } of entries.list()) {
        const { name, policyName, policy } = table
        yield { name, policy: policyName, format: policy.format, key, stored }
      }
    },
  }
}

function* levelsOf(entries: Entries<Table>): Iterable<StoreLevel> {
  for (const { name, policyName, size } of entries.tables()) {
    yield { type: 'memory', limiter: name, policy: policyName, entries: size }
  }
}

/** Where the states of one policy lie. */
function statesIn<T extends Table>(entries: Entries<T>, own: T): States<number> {
  const mayResize = own.policy.restBytes !== undefined
  let table = own

  const add = (key: string, stored: Readonly<Stored>, keepUntil: number, now: number): void => {
    table.forgot = own.forgot
    entries.add({ table, key, stored, keepUntil, now })
  }

  return {
    find(key) {
      if (table.size === 0) table = entries.shared(own)
      return entries.find(table, key)
    },
    read: entries.read,
    touch: entries.touch,
    write(key, row, stored, keepUntil, now) {
      if (row === undefined) return add(key, stored, keepUntil, now)
      entries.write(row, stored, keepUntil)
      if (mayResize) entries.resize(row, now)
    },
    remove: (_key, row) => entries.remove(row),
  }
}

function expectBounds({ maxKeys = 100_000, maxBytes }: MemoryStoreOptions): Bounds {
  expectPositiveInteger('maxKeys', maxKeys)
  if (maxBytes === undefined) return { maxKeys, maxBytes: Math.max(2 ** 26, 512 * maxKeys) }
  return { maxKeys, maxBytes: expectPositiveInteger('maxBytes', maxBytes) }
}

/** What is never forgotten is half of the store, and must hold the entries of one decision, however long its key. */
function expectRoom({ name, policies }: Binding, { maxKeys, maxBytes }: Bounds): void {
  const all = Object.values(policies)
  if (maxKeys < 2 * all.length) {
    throw new RangeError(
      `Expected \`maxKeys\` to be at least ${2 * all.length}, twice the policies of the limiter "${name}", got ${maxKeys}`,
    )
  }
  const largest = all.reduce((sum, { restBytes }) => sum + bytesOf(longestKey, restBytes?.most ?? 0), 0)
  if (maxBytes < 2 * largest) {
    throw new RangeError(
      `Expected \`maxBytes\` to be at least ${2 * largest}, twice what the limiter "${name}" may store for one key, got ${maxBytes}`,
    )
  }
}
