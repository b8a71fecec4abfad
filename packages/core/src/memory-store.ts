import { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
import type { Answer, Ask, Policy, Reading, Stored, SyncGate, SyncStore, View } from './contract.ts'
import { fits } from './decision.ts'
import { expectOptions, expectPositiveInteger } from './expect.ts'
import { type Expiring, type ExpiryQueue, expiryQueue } from './expiry-queue.ts'

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
  queue: ExpiryQueue<Entry>
}

/** A policy's part in one decision. */
interface Step {
  readonly policy: Policy
  readonly table: Table
  readonly entry: Entry | undefined
  readonly cost: number
  readonly reading: Reading
}

/**
 * A store in memory. Entries that have expired are swept a few at a time by the writes that follow; past `maxKeys`, the
 * entry that would be forgiven soonest makes room, and those with nothing left to consume last of all, so a flood of new keys
 * does not set a heavy offender free.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  expectOptions('memoryStore', options, ['maxKeys', 'clock'])
  expectClock(options.clock)
  const maxKeys = expectPositiveInteger('maxKeys', options.maxKeys === undefined ? 100_000 : options.maxKeys)
  const { clock } = options
  const readNow = clock === undefined ? monotonicNow : () => readClock(clock)
  const graceMs = clock === undefined ? 0 : injectedClockGraceMs

  const tables = new Map<string, Table>()
  // Those with nothing left to consume have a queue of their own: they make room last.
  const roomy = expiryQueue<Entry>()
  const full = expiryQueue<Entry>()

  const forget = (entry: Entry): void => {
    if (!entry.queue.has(entry)) return
    entry.table.entries.delete(entry.key)
    entry.queue.remove(entry)
  }

  // Two for each new entry at most: enough to catch up with any backlog, and never a long pause.
  const sweep = (now: number): void => {
    for (let i = 0; i < 2; i += 1) {
      const entry = expired(roomy, now - graceMs) ?? expired(full, now - graceMs)
      if (entry === undefined) return
      forget(entry)
    }
  }

  const makeRoom = (now: number): void => {
    const entry = expired(full, now) ?? roomy.soonest() ?? full.soonest()
    if (entry !== undefined) forget(entry)
  }

  const keep = (
    table: Table,
    key: string,
    known: Entry | undefined,
    stored: Stored,
    queue: ExpiryQueue<Entry>,
    now: number,
  ): void => {
    // It may have had to make room for another policy of the same decision.
    if (!known?.queue.has(known)) {
      sweep(now)
      if (roomy.size + full.size >= maxKeys) makeRoom(now)
      const entry: Entry = { table, key, stored, queue, expiresAt: stored.expiresAt, queuedAt: 0, place: -1 }
      table.entries.set(key, entry)
      queue.add(entry)
      return
    }
    known.stored = stored
    known.expiresAt = stored.expiresAt
    if (known.queue === queue) {
      queue.moved(known)
    } else {
      known.queue.remove(known)
      known.queue = queue
      queue.add(known)
    }
  }

  const save = ({ policy, table, entry, reading }: Step, key: string, now: number): void => {
    if (reading.used > 0) {
      const queue = reading.used + policy.unit > policy.ceiling ? full : roomy
      keep(table, key, entry, policy.save(reading), queue, now)
    } else if (entry !== undefined) {
      forget(entry)
    }
  }

  const step = (policy: Policy, table: Table, key: string, cost: number, now: number): Step => {
    const entry = table.entries.get(key)
    const stored = entry !== undefined && entry.expiresAt > now ? entry.stored : undefined
    return { policy, table, entry, cost, reading: policy.load(stored, now) }
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

      const decide = ({ key, mode, costs }: Ask, now: number): Answer => {
        const steps: Step[] = []
        const views: View[] = []
        for (let i = 0; i < bound.length; i += 1) {
          const { policy, table } = bound[i] as (typeof bound)[number]
          let one = step(policy, table, key, costs[i] as number, now)
          if (mode === 'refund') {
            refund(one, key, now)
            one = step(policy, table, key, 0, now)
          }
          steps.push(one)
          views.push(view(one, now))
        }
        if (mode === 'consume') consume(steps, key, now)
        if (mode === 'reset') for (const { entry } of steps) if (entry !== undefined) forget(entry)
        return { now, views }
      }

      return {
        applySync: (ask) => decide(ask, readNow()),
        apply: async (asks) => {
          const now = readNow()
          return asks.map((ask) => decide(ask, now))
        },
      }
    },
    get size() {
      return roomy.size + full.size
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
    let admitted = true
    for (const { policy, cost, reading } of steps) admitted &&= fits(policy, reading.used, cost)
    for (const one of steps) {
      if (one.cost === 0) continue
      if (admitted) charge(one, now)
      if (admitted || one.reading.stale) save(one, key, now)
    }
  }

  function refund(one: Step, key: string, now: number): void {
    const { policy, cost, reading } = one
    if (cost === 0 || reading.used === 0) return
    reading.used -= cost * policy.unit
    save(one, key, now)
  }
}

function expired(queue: ExpiryQueue<Entry>, now: number): Entry | undefined {
  const entry = queue.soonest()
  return entry !== undefined && entry.expiresAt <= now ? entry : undefined
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
