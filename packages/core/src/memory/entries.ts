import type { Stored } from '../contract.ts'
import { expiryLines } from './expiry-lines.ts'
import { keyHash } from './key-hash.ts'
import { keyIndex, none } from './key-index.ts'
import { flag, labelOf, makeRows, note, type Rank, tableOf } from './rows.ts'

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
  /** Adds an entry that is not there. What has expired by `sweepBefore` or, if need be, the soonest to, makes room. */
  add(table: number, key: string, stored: Readonly<Stored>, rank: Rank, now: number): void
  update(row: number, stored: Readonly<Stored>, rank: Rank, now: number): void
  remove(row: number): void
  list(): IterableIterator<Entry>
}

/** How many entries there may be, and how long those that have expired are kept. */
export interface EntriesOptions {
  readonly most: number
  readonly graceMs: number
}

/** No entries. */
export function makeEntries({ most, graceMs }: EntriesOptions): Entries {
  const rows = makeRows()
  const index = keyIndex(rows)
  const lines = expiryLines(rows)

  // Tables are told apart in the hash, or a key would lie next to itself as often as there are tables.
  const hashOf = (table: number, key: string): number => (keyHash(key) + Math.imul(table, 0x9e3779b1)) | 0

  const remove = (row: number): void => {
    lines.remove(row)
    index.remove(row)
    const last = rows.size() - 1
    if (row !== last) {
      index.move(last, row)
      lines.moved(last, row)
      rows.copy(last, row)
    }
    rows.removeLast()
  }

  const expired = (rank: 'open' | 'spent', date: number): number => {
    const row = lines.soonest(rank)
    return row !== none && rows.expiresAt(row) <= date ? row : none
  }
  const either = (row: number, other: () => number): number => (row === none ? other() : row)

  // Two for each new entry at most: enough to catch up with any backlog, and never a long pause.
  const sweep = (date: number): void => {
    for (let i = 0; i < 2; i += 1) {
      const row = either(expired('open', date), () => expired('spent', date))
      if (row === none) return
      remove(row)
    }
  }

  const makeRoom = (now: number): void => {
    remove(either(expired('spent', now), () => either(lines.soonest('open'), () => lines.soonest('spent'))))
  }

  return {
    size: rows.size,
    find: (table, key) => index.find(table, key, hashOf(table, key)),
    read: rows.read,
    add(table, key, stored, rank, now) {
      lines.tidy(now)
      sweep(now - graceMs)
      if (rows.size() >= most) makeRoom(now)
      const row = rows.add(key)
      rows.write(row, stored)
      rows.setNote(row, note.hash, hashOf(table, key))
      rows.setNote(row, note.label, labelOf(table) | rank)
      index.add(row)
      lines.add(row, now)
    },
    update(row, stored, rank, now) {
      if (rows.rewrite(row, stored, rank)) return
      lines.remove(row)
      rows.setNote(row, note.label, (rows.note(row, note.label) & ~flag.spent) | rank)
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
