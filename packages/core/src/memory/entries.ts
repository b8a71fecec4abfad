import type { Stored } from '../contract.ts'
import { makeGenerations } from './generations.ts'
import { keyIndex } from './key-index.ts'
import { ownCopy } from './own-copy.ts'
import { labelOf, makeRows, none, note, shareOf, tableOf } from './rows.ts'

/** One entry, as it is listed. */
export interface Entry {
  readonly table: number
  readonly key: string
  readonly stored: Stored
}

/** What an entry is beside its state. */
export interface Weight {
  /** How much of the quota is used, from 0 to `wholeShare`. */
  share: number
  /** How many bytes it counts as. */
  bytes: number
}

/**
 * The entries of a store, of all its tables together, at most so many and of so many bytes. Each is at a row. Adding,
 * updating and removing any of them gives other rows to some.
 */
export interface Entries {
  size(): number
  /** Of all entries, as they count against the bound. */
  bytes(): number
  /** The row of an entry, or -1. */
  find(table: number, key: string): number
  read(row: number, into: Stored): void
  /** Reads and touches: half the bounds must be touched after the entry before it can make room. */
  touch(row: number, into: Stored): void
  /** Adds an entry that is not there, and touches it. Sweeps some that have expired; others may have to make room. */
  add(table: number, key: string, stored: Readonly<Stored>, weight: Readonly<Weight>, now: number): void
  /** Writes an entry anew. One that grows is touched, and others may have to make room. */
  update(row: number, stored: Readonly<Stored>, weight: Readonly<Weight>, now: number): void
  remove(row: number): void
  /** Skips none that stay, whatever is removed meanwhile. */
  list(): IterableIterator<Entry>
}

export interface EntriesOptions {
  /** How many entries there may be. */
  readonly most: number
  readonly mostBytes: number
  /** How long those that have expired are kept. */
  readonly graceMs: number
  /** An entry was added to a table, or removed. */
  counted(table: number, added: 1 | -1): void
  /** An entry had to make room though it had not expired. */
  forgot(table: number, now: number): void
  /** Up to how many are found by maps. Default 32,768: then a map has just filled its room. */
  readonly mappedUpTo?: number
  /** From 0 to 1, below it. Default `Math.random`. */
  readonly random?: () => number
  readonly firstStamp?: number
}

/** What an entry counts for beside its key and its `rest`: its row, its place in the index, and what a string takes. */
export const fixedBytes = 96

/** How many bytes an entry counts for. */
export function bytesOf(keyLength: number, restBytes: number): number {
  return fixedBytes + 2 * keyLength + restBytes
}

/** With each new entry so many others are looked at, whether they have expired: enough to catch up, and never a long pause. */
const sweptAtOnce = 4
/** Among so many that are not recent, the one makes room that does the least harm. */
const candidates = 5
/** To find these candidates, at most so many are looked at; a store with no more looks at all. */
const mostLooks = 64

/** No entries. */
export function makeEntries(options: EntriesOptions): Entries {
  const { most, mostBytes, graceMs, counted, forgot, mappedUpTo = 2 ** 15, random = Math.random } = options
  const rows = makeRows()
  const index = keyIndex(rows, mappedUpTo)
  const generations = makeGenerations({
    ...options,
    restamp(replaced) {
      for (let row = 0; row < rows.size(); row += 1) {
        rows.setNote(row, note.stamp, replaced(rows.note(row, note.stamp)))
      }
    },
  })
  let newest = none
  let bytes = 0
  let swept = 0

  const bytesAt = (row: number): number => rows.note(row, note.bytes)
  const tableAt = (row: number): number => tableOf(rows.note(row, note.label))
  const isRecent = (row: number): boolean => generations.isRecent(rows.note(row, note.stamp))

  // The last row fills the gap.
  const remove = (row: number): void => {
    const table = tableAt(row)
    const own = bytesAt(row)
    generations.leave(rows.note(row, note.stamp), own)
    bytes -= own
    index.remove(row)
    const last = rows.size() - 1
    if (row !== last) {
      index.move(last, row)
      rows.copy(last, row)
    }
    rows.removeLast()
    counted(table, -1)
  }

  const sweep = (now: number): void => {
    const date = now - graceMs
    for (let i = 0; i < sweptAtOnce && rows.size() > 0; i += 1) {
      if (swept >= rows.size()) swept = 0
      if (rows.expiresAt(swept) <= date) remove(swept)
      else swept += 1
    }
  }

  /** How much is lost with an entry: the share that it has used, for as long as that counts. */
  const harmOf = (row: number, now: number): number =>
    (1 + shareOf(rows.note(row, note.label))) * (rows.expiresAt(row) - now)

  /** Of some entries that are not recent, the one that does the least harm; -1 when all are recent. */
  const leastHarm = (now: number): number => {
    const size = rows.size()
    const isSmall = size <= mostLooks
    let found = none
    let least = Number.POSITIVE_INFINITY
    let seen = 0
    for (let look = 0; look < Math.min(size, mostLooks) && (isSmall || seen < candidates); look += 1) {
      const row = isSmall ? look : Math.floor(random() * size)
      if (isRecent(row)) continue
      seen += 1
      const harm = harmOf(row, now)
      if (harm >= least) continue
      found = row
      least = harm
    }
    if (found !== none || isSmall) return found
    // Three eighths at least are not recent: so many looks hardly ever find none.
    for (let row = 0; row < size; row += 1) if (!isRecent(row)) return row
    return none
  }

  const makeRoom = (entries: number, more: number, now: number): void => {
    while (rows.size() + entries > most || bytes + more > mostBytes) {
      const row = leastHarm(now)
      if (row === none) return
      if (rows.expiresAt(row) > now) forgot(tableAt(row), now)
      remove(row)
    }
  }

  const enter = (row: number, own: number): void => {
    newest = generations.enter(own)
    rows.setNote(row, note.stamp, newest)
  }

  // Until others have to make room, half the bounds will have been touched: no touch before counts then.
  const isHalfEmpty = (): boolean => rows.size() <= most / 2 && bytes <= mostBytes / 2

  const touchAgain = (row: number, stamp: number): void => {
    const own = bytesAt(row)
    generations.leave(stamp, own)
    enter(row, own)
  }

  const resize = (row: number, before: number, after: number, now: number): void => {
    rows.setNote(row, note.bytes, after)
    bytes += after - before
    const stamp = rows.note(row, note.stamp)
    if (after < before) {
      generations.shrink(stamp, before - after)
      return
    }
    generations.leave(stamp, before)
    enter(row, after)
    makeRoom(0, 0, now)
  }

  return {
    size: rows.size,
    bytes: () => bytes,
    find: index.find,
    read: rows.read,
    touch(row, into) {
      const stamp = rows.read(row, into)
      if (stamp !== newest && !isHalfEmpty()) touchAgain(row, stamp)
    },
    add(table, key, stored, { share, bytes: own }, now) {
      counted(table, 1)
      sweep(now)
      // First touched, then others make room: what is recent is so with this entry counted.
      const stamp = generations.enter(own)
      newest = stamp
      makeRoom(1, own, now)
      bytes += own
      const row = rows.add(ownCopy(key))
      rows.write(row, stored)
      rows.setNote(row, note.label, labelOf(table, share))
      rows.setNote(row, note.stamp, stamp)
      rows.setNote(row, note.bytes, own)
      index.add(row)
    },
    update(row, stored, { share, bytes: own }, now) {
      const before = rows.rewrite(row, stored, share)
      if (before !== own) resize(row, before, own, now)
    },
    remove,
    *list() {
      // From the last row down: what fills a gap was listed, or stands where it will be.
      for (let row = rows.size() - 1; row >= 0; row = Math.min(row, rows.size()) - 1) {
        const stored: Stored = { used: 0, mark: 0, scale: 0, expiresAt: 0, rest: undefined }
        rows.read(row, stored)
        yield { table: tableAt(row), key: rows.key(row), stored }
      }
    },
  }
}
