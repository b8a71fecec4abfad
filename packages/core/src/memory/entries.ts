import type { Stored } from '../contract.ts'
import { expiryLines } from './expiry-lines.ts'
import { keyIndex } from './key-index.ts'
import { labelOf, makeRows, none, note, type Rank, rank, tableOf } from './rows.ts'

/** One entry, as it is listed. */
export interface Entry {
  readonly table: number
  readonly key: string
  readonly stored: Stored
}

/**
 * The entries of a store, of all its tables together: at most `most` of them. Each is at a row. Adding and removing any of
 * them gives other rows to some.
 */
export interface Entries {
  size(): number
  /** The row of an entry, or -1. */
  find(table: number, key: string): number
  read(row: number, into: Stored): void
  /** Adds an entry that is not there, once two that have expired are swept and, if need be, another has made room. */
  add(table: number, key: string, stored: Readonly<Stored>, rank: Rank, now: number): void
  /** Writes an entry anew; its row stays. */
  update(row: number, stored: Readonly<Stored>, rank: Rank, now: number): void
  remove(row: number): void
  list(): IterableIterator<Entry>
}

export interface EntriesOptions {
  /** How many entries there may be. */
  readonly most: number
  /** How long those that have expired are kept. */
  readonly graceMs: number
  /** Up to how many are found by maps. Default 32,768: then a map has just filled its room. */
  readonly mappedUpTo?: number
}

/** No entries. */
export function makeEntries({ most, graceMs, mappedUpTo = 2 ** 15 }: EntriesOptions): Entries {
  const rows = makeRows()
  const index = keyIndex(rows, mappedUpTo)
  const lines = expiryLines(rows)

  // The last row fills the gap.
  const remove = (row: number): void => {
    lines.remove(row)
    index.remove(row)
    const last = rows.size() - 1
    if (row !== last) {
      index.move(last, row)
      lines.move(last, row)
      rows.copy(last, row)
    }
    rows.removeLast()
  }

  const expired = (rank: Rank, date: number, now: number): number => {
    const row = lines.soonest(rank, now)
    return row !== none && rows.expiresAt(row) <= date ? row : none
  }
  const either = (row: number, other: () => number): number => (row === none ? other() : row)

  // Two for each new entry at most: enough to catch up with any backlog, and never a long pause.
  const sweep = (now: number): void => {
    const date = now - graceMs
    for (let i = 0; i < 2; i += 1) {
      const row = either(expired(rank.open, date, now), () => expired(rank.spent, date, now))
      if (row === none) return
      remove(row)
    }
  }

  const makeRoom = (now: number): void => {
    const open = (): number => either(lines.soonest(rank.open, now), () => lines.soonest(rank.spent, now))
    remove(either(expired(rank.spent, now, now), open))
  }

  return {
    size: rows.size,
    find: index.find,
    read: rows.read,
    add(table, key, stored, rank, now) {
      sweep(now)
      if (rows.size() >= most) makeRoom(now)
      const row = rows.add(key)
      rows.write(row, stored)
      rows.setNote(row, note.label, labelOf(table, rank))
      index.add(row)
      lines.add(row, now)
    },
    update(row, stored, rank, now) {
      if (rows.rewrite(row, stored, rank)) return
      lines.remove(row)
      rows.setNote(row, note.label, labelOf(tableOf(rows.note(row, note.label)), rank))
      lines.add(row, now)
    },
    remove,
    *list() {
      for (let row = 0; row < rows.size(); row += 1) {
        const stored: Stored = { used: 0, mark: 0, scale: 0, expiresAt: 0, rest: undefined }
        rows.read(row, stored)
        yield { table: tableOf(rows.note(row, note.label)), key: rows.key(row), stored }
      }
    },
  }
}
