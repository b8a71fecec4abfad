import { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
import type { Stored, SyncStore } from './contract.ts'
import { expectOptions, expectPositiveInteger } from './expect.ts'
import { makeEntries } from './memory/entries.ts'
import { memoryGate } from './memory/memory-gate.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most; each key takes one for each of its policies. Default 100,000. */
  readonly maxKeys?: number | undefined
  /** Default: the monotonic clock. With a clock of your own, entries are kept a day longer. */
  readonly clock?: Clock | undefined
}

declare const performance: { readonly timeOrigin: number; now(): number }

// In Node the global is a getter, which would take a fifth of a decision.
const clockOfRuntime = performance

let startedAt = Number.NaN

/** Ms since the epoch, as it was when the process started, plus what has passed: it never goes back. */
function monotonicNow(): number {
  // Read once, because it is slow; and not before it is needed, because some runtimes do not know it while modules load.
  if (Number.isNaN(startedAt)) startedAt = clockOfRuntime.timeOrigin
  return Math.floor(startedAt + clockOfRuntime.now())
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
  /** What is stored, in no particular order. */
  entries(): IterableIterator<MemoryEntry>
}

interface Table {
  readonly name: string
  readonly policy: string
  readonly format: string
}

/**
 * A store in memory. Entries that have expired are swept a few at a time by the writes that follow; past `maxKeys`, an
 * entry that is forgiven soon makes room, and those with nothing left to consume last of all, so a flood of new keys does
 * not set a heavy offender free.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  expectOptions('memoryStore', options, ['maxKeys', 'clock'])
  expectClock(options.clock)
  const maxKeys = expectPositiveInteger('maxKeys', options.maxKeys === undefined ? 100_000 : options.maxKeys)
  const { clock } = options
  const readNow = clock === undefined ? monotonicNow : () => readClock(clock)
  const entries = makeEntries({ most: maxKeys, graceMs: clock === undefined ? 0 : injectedClockGraceMs })

  const tables: Table[] = []
  const tableOf = (name: string, policy: string, format: string): number => {
    const known = tables.findIndex((one) => one.name === name && one.policy === policy && one.format === format)
    return known < 0 ? tables.push({ name, policy, format }) - 1 : known
  }

  return {
    bind({ name, policies }) {
      const bound = Object.entries(policies).map(([policyName, policy]) => ({
        policy,
        table: tableOf(name, policyName, policy.format),
      }))
      return memoryGate({ bound, entries, readNow })
    },
    get size() {
      return entries.size()
    },
    *entries() {
      for (const { table, key, stored } of entries.list()) yield { ...(tables[table] as Table), key, stored }
    },
  }
}
