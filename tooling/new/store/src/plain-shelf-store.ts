import { type Clock, decidingGate, type States, type Stored, type SyncStore } from '@sluice/core'
import { expectClock, expectOptions, injectedClockGraceMs, shown } from '@sluice/core/internal'

export interface PlainShelfStoreOptions {
  /** Where the states lie. Stores over one shelf share what they hold. */
  readonly shelf: Shelf
  /** Default: `Date.now`, looked up each time. */
  readonly clock?: Clock | undefined
}

/** States by an id of limiter, policy, format and key. */
export type Shelf = Map<string, StateOnShelf>

/** A state, and the date from which on it may be removed. */
export type StateOnShelf = Readonly<Stored> & { readonly keepUntil: number }

/** State on a plain shelf, a `Map` of yours. Answers synchronously. Throws a `TypeError` that names the option that is wrong. */
export function plainShelfStore(options: PlainShelfStoreOptions): SyncStore {
  expectOptions('plainShelfStore', options, ['shelf', 'clock'])
  expectClock(options.clock)
  const shelf = expectShelf(options.shelf)
  // A clock of your own may go back: a state that has expired by it is kept a day longer.
  const graceMs = options.clock === undefined ? 0 : injectedClockGraceMs
  const clock = options.clock ?? (() => Date.now())

  return {
    bind({ name, policies }) {
      const all = Object.entries(policies).map(([own, policy]) => {
        return { policy, states: statesOf(shelf, [name, own, policy.format], graceMs) }
      })
      return decidingGate<StateOnShelf>({ policies: all, clock })
    },
  }
}

/** Where the states of one policy lie: all that the deciding loop of core asks of a store. */
function statesOf(shelf: Shelf, table: readonly string[], graceMs: number): States<StateOnShelf> {
  const idOf = (key: string): string => JSON.stringify([...table, key])
  return {
    find: (key) => shelf.get(idOf(key)),
    read({ keepUntil: _, ...stored }, into) {
      Object.assign(into, stored)
    },
    write(key, place, { used, mark, scale, expiresAt, counted, rest }, keepUntil, now) {
      if (place === undefined) sweep(shelf, now - graceMs)
      shelf.set(idOf(key), { used, mark, scale, expiresAt, counted, rest, keepUntil })
    },
    remove: (key) => void shelf.delete(idOf(key)),
  }
}

/** How many states a new one looks at: more than one, so that the expired ones become fewer. */
const looks = 4

/** Removes expired states among those that were looked at longest ago; the others go to the end of the row. */
function sweep(shelf: Shelf, before: number): void {
  for (const [id, state] of [...firstOf(shelf, looks)]) {
    shelf.delete(id)
    if (state.keepUntil > before) shelf.set(id, state)
  }
}

function* firstOf<T>(all: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const one of all) {
    if (left === 0) return
    left -= 1
    yield one
  }
}

function expectShelf(shelf: unknown): Shelf {
  if (shelf instanceof Map) return shelf
  throw new TypeError(`Expected \`shelf\` to be a Map, got ${shown(shelf)}`)
}
