import type { Answer, Ask, Mode, Policy, Reading, SyncGate, View } from '../contract.ts'
import { fits } from '../decision.ts'
import { bytesOf, type Entries, type Weight } from './entries.ts'
import { none, wholeShare } from './rows.ts'
import type { Table, Tables } from './tables.ts'

/** A policy, and the table that holds its state. */
export interface BoundPolicy {
  readonly policy: Policy
  table: Table
}

/** What a gate decides on. */
export interface MemoryGateOptions {
  readonly bound: readonly BoundPolicy[]
  readonly tables: Tables
  readonly entries: Entries
  /** Told of each entry of these policies that is forgotten though it still counts, in the middle of a decision. */
  readonly forgot: (now: number) => void
  readNow(): number
}

/** A policy's part in the decision at hand. */
interface Step extends BoundPolicy {
  row: number
  cost: number
  readonly sharePerCredit: number
  readonly reading: Reading
  readonly weight: Weight
  readonly view: Mutable<View>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A limiter's way into the entries of a memory store. */
export function memoryGate({ bound, tables, entries, forgot, readNow }: MemoryGateOptions): SyncGate {
  // All of it is used for one decision after the other. Making it anew each time would take longer than deciding.
  const steps = bound.map(makeStep)
  const answer = { now: 0, views: steps.map(({ view }) => view) }

  const load = ({ policy, reading }: Step, row: number, mode: Mode): void => {
    // All are touched before any is added, so that none of one decision makes room for another. A refusal touches, too.
    if (row !== none && mode === 'consume') entries.touch(row, reading)
    else if (row !== none) entries.read(row, reading)
    if (row === none || reading.expiresAt <= answer.now) clear(reading)
    policy.load(reading, answer.now)
  }

  const find = (step: Step, key: string): number => {
    if (step.table.id === none) step.table = tables.shared(step.table)
    return step.table.id === none ? none : entries.find(step.table.id, key)
  }

  const save = (step: Step, key: string): void => {
    const { policy, row, reading, weight } = step
    if (reading.used <= 0) {
      if (row !== none) entries.remove(row)
      return
    }
    policy.save(reading)
    weight.share = reading.used >= policy.ceiling ? wholeShare : Math.floor(reading.used * step.sharePerCredit)
    weight.bytes = bytesOf(key.length, policy.restBytes === undefined ? 0 : policy.restBytes.of(reading.rest))
    if (row !== none) {
      entries.update(row, reading, weight, answer.now)
      return
    }
    const table = tables.open(step.table)
    step.table.forgot = forgot
    entries.add(table, key, reading, weight, answer.now)
  }

  const consume = (key: string, admitted: boolean): void => {
    for (let i = 0; i < steps.length; i += 1) {
      const step = steps[i] as Step
      const { policy, cost, reading } = step
      if (cost === 0 || !(admitted || reading.stale)) continue
      if (admitted) {
        reading.used += cost * policy.unit
        reading.mark = Math.max(reading.mark, answer.now)
      }
      // What was saved for the policy before may have moved this one's entry, or taken its place.
      if (i > 0) step.row = find(step, key)
      save(step, key)
    }
  }

  const refund = (step: Step, key: string): void => {
    const { policy, cost, reading } = step
    step.cost = 0
    if (cost === 0 || reading.used === 0) return
    reading.used -= cost * policy.unit
    save(step, key)
    load(step, find(step, key), 'refund')
  }

  const reset = (key: string): void => {
    for (const step of steps) {
      const row = find(step, key)
      if (row !== none) entries.remove(row)
    }
  }

  const decide = ({ key, mode, costs }: Ask): Answer => {
    let admitted = true
    for (let i = 0; i < steps.length; i += 1) {
      const step = steps[i] as Step
      step.cost = costs[i] as number
      step.row = find(step, key)
      load(step, step.row, mode)
      if (mode === 'refund') refund(step, key)
      const { policy, cost, reading, view } = step
      const fitting = fits(policy, reading.used, cost)
      view.used = reading.used
      view.mark = reading.mark
      view.wait = fitting ? 0 : waitOf(step, answer.now)
      admitted &&= fitting
    }
    if (mode === 'consume') consume(key, admitted)
    if (mode === 'reset') reset(key)
    return answer
  }

  return {
    applySync: (ask) => {
      answer.now = readNow()
      return decide(ask)
    },
    apply: async (asks) => {
      answer.now = readNow()
      return asks.map((ask) => copied(decide(ask)))
    },
  }
}

function makeStep({ policy, table }: BoundPolicy): Step {
  const reading = { used: 0, mark: 0, scale: 0, expiresAt: 0, rest: undefined, stale: false }
  const weight = { share: 0, bytes: 0 }
  const sharePerCredit = wholeShare / policy.ceiling
  return { policy, table, row: none, cost: 0, sharePerCredit, reading, weight, view: { used: 0, mark: 0, wait: 0 } }
}

/** Back to nothing stored. */
function clear(reading: Reading): void {
  reading.used = 0
  reading.mark = 0
  reading.scale = 0
  reading.expiresAt = 0
  reading.rest = undefined
}

function waitOf({ policy, cost, reading }: Step, now: number): number {
  return policy.wait === undefined || cost > policy.limit ? 0 : policy.wait(reading, cost, now)
}

function copied({ now, views }: Answer): Answer {
  return { now, views: views.map(({ used, mark, wait }) => ({ used, mark, wait })) }
}
