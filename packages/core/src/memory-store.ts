import { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
import type { Answer, Ask, Policy, Reading, Stored, SyncGate, SyncStore, View } from './contract.ts'
import { fits } from './decision.ts'
import { expectOptions, expectPositiveInteger } from './expect.ts'
import { type Expiring, expiryQueue } from './expiry-queue.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most; each key takes one for each of its policies. Default 100,000. */
  readonly maxKeys?: number
  /** Default: the monotonic clock. With a clock of your own, entries are kept a day longer. */
  readonly clock?: Clock
}

declare const performance: { readonly timeOrigin: number; now(): number }

/** Ms since the epoch, as it was when the process started, plus what has passed: it never goes back. */
function monotonicNow(): number {
  return Math.floor(performance.timeOrigin + performance.now())
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
  readonly entries: Map<string, Entry>
}

interface Entry extends Expiring {
  readonly table: Table
  readonly key: string
  stored: Stored
}

interface Step {
  readonly policy: Policy
  readonly table: Table
  readonly cost: number
  readonly reading: Reading
}

/**
 * A store in memory. Entries that have expired are swept a few at a time by the writes that follow; past `maxKeys`, the
 * entry that would be forgiven soonest makes room, so a flood of new keys does not set a heavy offender free.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  expectOptions('memoryStore', options, ['maxKeys', 'clock'])
  expectClock(options.clock)
  const maxKeys = expectPositiveInteger('maxKeys', options.maxKeys ?? 100_000)
  const { clock } = options
  const readNow = clock === undefined ? monotonicNow : () => readClock(clock)
  const graceMs = clock === undefined ? 0 : injectedClockGraceMs

  const tables = new Map<string, Table>()
  const queue = expiryQueue<Entry>()

  const forget = (entry: Entry): void => {
    entry.table.entries.delete(entry.key)
    queue.remove(entry)
  }

  const drop = (table: Table, key: string): void => {
    const entry = table.entries.get(key)
    if (entry !== undefined) forget(entry)
  }

  // Two for each new entry at most: enough to catch up with any backlog, and never a long pause.
  const sweep = (now: number): void => {
    for (let i = 0; i < 2; i += 1) {
      const entry = queue.soonest()
      if (entry === undefined || entry.expiresAt + graceMs > now) return
      forget(entry)
    }
  }

  const keep = (table: Table, key: string, stored: Stored, now: number): void => {
    const known = table.entries.get(key)
    if (known !== undefined) {
      known.stored = stored
      known.expiresAt = stored.expiresAt
      queue.moved(known)
      return
    }
    sweep(now)
    if (queue.size >= maxKeys) forget(queue.soonest() as Entry)
    const entry: Entry = { table, key, stored, expiresAt: stored.expiresAt, queuedAt: 0, place: 0 }
    table.entries.set(key, entry)
    queue.add(entry)
  }

  const save = ({ policy, table, reading }: Step, key: string, now: number): void => {
    if (reading.used > 0) {
      keep(table, key, policy.save(reading), now)
      return
    }
    drop(table, key)
  }

  const load = (policy: Policy, table: Table, key: string, now: number): Reading => {
    const stored = table.entries.get(key)?.stored
    return policy.load(stored !== undefined && stored.expiresAt > now ? stored : undefined, now)
  }

  const tableOf = (name: string, policy: string, format: string): Table => {
    const id = `${name}:${policy}:${format}`
    const table = tables.get(id) ?? { name, policy, format, entries: new Map() }
    tables.set(id, table)
    return table
  }

  return {
    bind({ name, policies }): SyncGate {
      const bound = Object.entries(policies).map(([policyName, policy]) => ({
        policy,
        table: tableOf(name, policyName, policy.format),
      }))

      const applySync = ({ key, mode, costs }: Ask): Answer => {
        const now = readNow()
        const steps = bound.map(({ policy, table }, i): Step => {
          return { policy, table, cost: costs[i] as number, reading: load(policy, table, key, now) }
        })
        if (mode === 'refund') return { now, views: steps.map((step) => refund(step, key, now)) }

        const views = steps.map((step) => view(step, now))
        if (mode === 'consume') consume(steps, key, now)
        if (mode === 'reset') for (const step of steps) drop(step.table, key)
        return { now, views }
      }

      return { applySync, apply: async (asks) => asks.map(applySync) }
    },
    get size() {
      return queue.size
    },
    *entries() {
      for (const table of tables.values()) {
        const { name, policy, format } = table
        for (const { key, stored } of table.entries.values()) {
          yield { name, policy, format, key, stored }
        }
      }
    },
  }

  function consume(steps: readonly Step[], key: string, now: number): void {
    const admitted = steps.every(({ policy, cost, reading }) => fits(policy, reading.used, cost))
    for (const step of steps) {
      if (step.cost === 0) continue
      if (admitted) charge(step, now)
      if (admitted || step.reading.redated) save(step, key, now)
    }
  }

  function refund(step: Step, key: string, now: number): View {
    const { policy, table, cost, reading } = step
    if (cost > 0 && reading.used > 0) {
      reading.used -= cost * policy.unit
      save(step, key, now)
    }
    return view({ ...step, cost: 0, reading: load(policy, table, key, now) }, now)
  }
}

function charge({ policy, cost, reading }: Step, now: number): void {
  reading.used += cost * policy.unit
  reading.mark = Math.max(reading.mark, now)
}

function view({ policy, cost, reading }: Step, now: number): View {
  const { used, mark } = reading
  const waits = policy.wait !== undefined && cost <= policy.limit && !fits(policy, used, cost)
  return { used, mark, wait: waits ? (policy.wait?.(reading, cost, now) ?? 0) : 0 }
}
