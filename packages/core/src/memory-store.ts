import { type Clock, clockOfRuntime, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
import type { Binding, Stored, SyncStore } from './contract.ts'
import { expectOptions, expectPositiveInteger } from './expect.ts'
import { longestKey } from './longest-key.ts'
import { bytesOf, makeEntries } from './memory/entries.ts'
import { memoryGate } from './memory/memory-gate.ts'
import { mostTables } from './memory/rows.ts'
import { makeTable, makeTables } from './memory/tables.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most, and never more than 2^26; a key takes one for each policy. Default 100,000. */
  readonly maxKeys?: number | undefined
  /**
   * How many bytes the entries take at most: each counts as 96, two for each code unit of its key, and what a sliding log
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

/** In the middle of a flood, a limiter is told no more often of what is forgotten. */
const toldEveryMs = 1000

/**
 * A store in memory. Entries that have expired are swept a few at a time by the writes that follow. Past a bound, others
 * make room, but never the latest that were consumed from: all those within half of `maxKeys` and of `maxBytes`. Of some
 * others, those go that have used the smallest share of their quota for the shortest time to come.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  expectOptions('memoryStore', options, ['maxKeys', 'maxBytes', 'clock'])
  expectClock(options.clock)
  const { clock = clockOfRuntime } = options
  const given = expectPositiveInteger('maxKeys', options.maxKeys === undefined ? 100_000 : options.maxKeys)
  const maxKeys = Math.min(given, mostTables)
  const maxBytes = expectPositiveInteger(
    'maxBytes',
    options.maxBytes === undefined ? Math.max(2 ** 26, 512 * maxKeys) : options.maxBytes,
  )
  const tables = makeTables()
  const entries = makeEntries({
    most: maxKeys,
    mostBytes: maxBytes,
    graceMs: clock === clockOfRuntime ? 0 : injectedClockGraceMs,
    counted: tables.count,
    forgot: (table, now) => tables.at(table).forgot(now),
  })

  return {
    bind(limiter) {
      expectRoom(limiter, maxKeys, maxBytes)
      const bound = Object.entries(limiter.policies).map(([name, policy]) => ({
        policy,
        table: makeTable(limiter.name, name, policy.format),
      }))
      return memoryGate({ bound, tables, entries, forgot: forgetting(limiter), readNow: () => readClock(clock) })
    },
    get size() {
      return entries.size()
    },
    get bytes() {
      return entries.bytes()
    },
    *entries() {
      for (const { table, key, stored } of entries.list()) {
        const { name, policy, format } = tables.at(table)
        yield { name, policy, format, key, stored }
      }
    },
  }
}

/** Counts what is forgotten, and tells the limiter, once the decision at hand is over. */
function forgetting({ onForgot }: Binding): (now: number) => void {
  if (onForgot === undefined) return () => {}
  let count = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return (now) => {
    count += 1
    if (Math.abs(now - toldAt) < toldEveryMs) return
    toldAt = now
    // A listener may well ask a limiter something.
    Promise.resolve().then(() => {
      const told = count
      count = 0
      onForgot(told)
    })
  }
}

/** What is never forgotten is half of the store, and must hold the entries of one decision, however long its key. */
function expectRoom({ name, policies }: Binding, maxKeys: number, maxBytes: number): void {
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
