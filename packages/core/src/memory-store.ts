import { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
import type { Answer, Ask, Policy, Reading, Stored, SyncGate, SyncStore, View } from './contract.ts'
import { fits } from './decision.ts'
import { DeadlineError } from './errors.ts'
import { expectOptions, expectPositiveInteger } from './expect.ts'
import { makeEntries } from './memory/entries.ts'
import { none } from './memory/key-index.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most; each key takes one for each of its policies. Default 100,000. */
  readonly maxKeys?: number
  /** Default: the monotonic clock. With a clock of your own, entries are kept a day longer. */
  readonly clock?: Clock
}

declare const performance: { readonly timeOrigin: number; now(): number }

let startedAt = Number.NaN

/** Ms since the epoch, as it was when the process started, plus what has passed: it never goes back. */
function monotonicNow(): number {
  // Read once, because it is slow; and not before it is needed, because some runtimes do not know it while modules load.
  if (Number.isNaN(startedAt)) startedAt = performance.timeOrigin
  return Math.floor(startedAt + performance.now())
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

/** A policy's part in the decision at hand. */
interface Step {
  readonly policy: Policy
  readonly table: number
  row: number
  cost: number
  readonly reading: Reading
  readonly view: Mutable<View>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

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

  const load = (step: Step, key: string, now: number): void => {
    const { reading } = step
    step.row = entries.find(step.table, key)
    if (step.row === none) clear(reading)
    else entries.read(step.row, reading)
    if (reading.expiresAt <= now) clear(reading)
    step.policy.load(reading, now)
  }

  const save = ({ policy, table, row, reading }: Step, key: string, now: number): void => {
    if (reading.used > 0) {
      policy.save(reading)
      const rank = reading.used + policy.unit > policy.ceiling ? 'spent' : 'open'
      if (row === none) entries.add(table, key, reading, rank, now)
      else entries.update(row, reading, rank, now)
    } else if (row !== none) {
      entries.remove(row)
    }
  }

  const look = ({ policy, cost, reading, view }: Step, now: number): void => {
    view.used = reading.used
    view.mark = reading.mark
    view.wait = 0
    if (policy.wait !== undefined && cost <= policy.limit && !fits(policy, reading.used, cost)) {
      view.wait = policy.wait(reading, cost, now)
    }
  }

  return {
    bind({ name, policies }): SyncGate {
      // Used for one decision after the other: nothing is made anew for each.
      const steps = Object.entries(policies).map(
        ([policyName, policy]): Step => ({
          policy,
          table: tableOf(name, policyName, policy.format),
          row: none,
          cost: 0,
          reading: makeReading(),
          view: { used: 0, mark: 0, wait: 0 },
        }),
      )
      const answer = { now: 0, views: steps.map(({ view }) => view) }

      const decide = ({ key, mode, costs }: Ask, now: number): Answer => {
        let admitted = true
        for (let i = 0; i < steps.length; i += 1) {
          const step = steps[i] as Step
          step.cost = costs[i] as number
          load(step, key, now)
          if (mode === 'refund') refund(step, key, now)
          look(step, now)
          admitted &&= fits(step.policy, step.reading.used, step.cost)
        }
        if (mode === 'consume') consume(key, now, admitted)
        if (mode === 'reset') for (const { table } of steps) forget(table, key)
        answer.now = now
        return answer
      }

      const consume = (key: string, now: number, admitted: boolean): void => {
        for (let i = 0; i < steps.length; i += 1) {
          const step = steps[i] as Step
          if (step.cost === 0 || !(admitted || step.reading.stale)) continue
          if (admitted) charge(step, now)
          // What was saved for the policy before may have taken this one's place.
          if (i > 0) step.row = entries.find(step.table, key)
          save(step, key, now)
        }
      }

      return {
        applySync: (ask) => decide(ask, readNow()),
        apply: async (asks) => {
          const now = readNow()
          return asks.map((ask) => {
            const { deadline } = ask
            return deadline !== undefined && now > deadline ? new DeadlineError(deadline, now) : copied(decide(ask, now))
          })
        },
      }
    },
    get size() {
      return entries.size
    },
    *entries() {
      for (const { table, key, stored } of entries.list()) yield { ...(tables[table] as Table), key, stored }
    },
  }

  function refund(step: Step, key: string, now: number): void {
    const { policy, cost, reading } = step
    if (cost > 0 && reading.used > 0) {
      reading.used -= cost * policy.unit
      save(step, key, now)
      load(step, key, now)
    }
    step.cost = 0
  }

  function forget(table: number, key: string): void {
    const row = entries.find(table, key)
    if (row !== none) entries.remove(row)
  }
}

function makeReading(): Reading {
  return { used: 0, mark: 0, scale: 0, expiresAt: 0, rest: undefined, stale: false }
}

/** Back to nothing stored. */
function clear(reading: Reading): void {
  reading.used = 0
  reading.mark = 0
  reading.scale = 0
  reading.expiresAt = 0
  reading.rest = undefined
}

function charge({ policy, cost, reading }: Step, now: number): void {
  reading.used += cost * policy.unit
  reading.mark = Math.max(reading.mark, now)
}

function copied({ now, views }: Answer): Answer {
  return { now, views: views.map(({ used, mark, wait }) => ({ used, mark, wait })) }
}
