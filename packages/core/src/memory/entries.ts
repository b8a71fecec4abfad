import type { Stored } from '../contract/policy.ts'
import { ownCopy } from './own-copy.ts'
import { makeRounds, untouched } from './rounds.ts'
import type { Rows, Table } from './rows.ts'

/** How many entries a store holds at most, and how many bytes they take. */
export interface Bounds {
  readonly maxKeys: number
  readonly maxBytes: number
}

export interface EntriesOptions extends Bounds {
  /** For how long entries that have expired are kept all the same. */
  readonly graceMs: number
}

/** One entry, as it is listed. */
export interface Entry<T extends Table = Table> {
  readonly table: T
  readonly key: string
  readonly stored: Readonly<Stored>
}

/** An entry that is not there yet. */
export interface NewEntry<T extends Table> extends Entry<T> {
  readonly keepUntil: number
  readonly now: number
}

/** The entries of a store, of all its tables together, within its bounds. */
export interface Entries<T extends Table> {
  size(): number
  /** What they count as, against `maxBytes`. */
  bytes(): number
  /** The tables that have entries. */
  tables(): Iterable<T>
  /** The table that has entries under the same names, or else the given one. */
  shared(table: T): T
  find(table: T, key: string): number | undefined
  read(row: number, into: Stored): void
  /** Until half of a bound was touched after it, the entry is not forgotten. */
  touch(row: number): void
  /** Adds an entry and touches it. Past half of a bound some that have expired are swept; others may have to make room. */
  add(entry: NewEntry<T>): void
  write(row: number, stored: Readonly<Stored>, keepUntil: number): void
  /** To be called after `write` where `rest` may have grown or shrunk. What grows is touched, and others may have to make room. */
  resize(row: number, now: number): void
  remove(row: number): void
  list(): IterableIterator<Entry<T>>
}

/** What an entry counts as beside its key and its `rest`: its row, its place in an index, and what a string takes. */
const fixedBytes = 128

/** How many bytes an entry counts as. */
export function bytesOf(keyLength: number, restBytes: number): number {
  return fixedBytes + 2 * keyLength + restBytes
}

/** With each new entry so many are looked at, whether they have expired: enough to catch up, and never a long pause. */
const sweptAtOnce = 4
/** Of so many that are not recent, the one makes room that does the least harm. */
const candidates = 8
/** Once one is found, so many rows are looked at for others. */
const mostLooks = 64

/** No entries. */
export function makeEntries<T extends Table>(rows: Rows<T>, options: EntriesOptions): Entries<T> {
  const { maxKeys, maxBytes, graceMs } = options
  const rounds = makeRounds(maxKeys, maxBytes)
  // Those that have entries: a name without any is forgotten.
  const tables = new Map<string, T>()
  const scratch = nothingRead()
  const [halfKeys, halfBytes] = [maxKeys / 2, maxBytes / 2]
  let size = 0
  let bytes = 0
  // Two hands go round the rows: one drops what has expired, one finds what makes room.
  let swept = 0
  let looked = 0

  // While at most half of both bounds is in use, nothing is swept: a key that comes back finds its old row. And no touch counts:
  // before an entry has to make room, more than half of a bound will have been added.
  const isHalfEmpty = (): boolean => size <= halfKeys && bytes <= halfBytes

  const after = (row: number): number => (row + 1 < rows.end() ? row + 1 : 0)

  const remove = (row: number): void => {
    const table = rows.table(row) as T
    rounds.leave(rows.stamp(row), rows.bytes(row))
    bytes -= rows.bytes(row)
    size -= 1
    table.size -= 1
    if (table.size === 0) tables.delete(pathOf(table))
    rows.remove(row)
  }

  const sweep = (now: number): void => {
    for (let looks = 0; looks < sweptAtOnce && rows.end() > 0; looks += 1) {
      swept = after(swept)
      if (rows.table(swept) !== undefined && rows.keepUntil(swept) + graceMs <= now) remove(swept)
    }
  }

  /** How much is lost with an entry: the share of the quota that it has used, for as long as that counts. */
  const harmOf = (row: number, { policy: { ceiling } }: T, now: number): number => {
    rows.read(row, scratch)
    return Math.min(1, scratch.used / ceiling) * (rows.keepUntil(row) - now)
  }

  /** Of the next entries that are not recent, the one that does the least harm; `undefined`: all are recent. */
  const leastHarm = (now: number): number | undefined => {
    let found: number | undefined
    let least = Number.POSITIVE_INFINITY
    let looks = rows.end()
    for (let seen = 0; looks > 0 && seen < candidates; looks -= 1) {
      looked = after(looked)
      const table = rows.table(looked)
      if (table === undefined || rounds.isRecent(rows.stamp(looked))) continue
      if (seen === 0) looks = Math.min(looks, mostLooks)
      seen += 1
      const harm = harmOf(looked, table, now)
      if (harm >= least) continue
      found = looked
      least = harm
    }
    return found
  }

  const makeRoom = (now: number): void => {
    while (size > maxKeys || bytes > maxBytes) {
      const row = leastHarm(now)
      if (row === undefined) return
      if (rows.keepUntil(row) > now) rows.table(row)?.forgot(now)
      remove(row)
    }
  }

  /** First touched, then others make room: what is recent is so with the new entry counted. Returns its stamp. */
  const makeRoomFor = (own: number, now: number): number => {
    sweep(now)
    const stamp = rounds.touch(own)
    makeRoom(now)
    return stamp
  }

  const touchAgain = (row: number): void => {
    const stamp = rows.stamp(row)
    if (stamp === rounds.current()) return
    rounds.leave(stamp, rows.bytes(row))
    rows.setStamp(row, rounds.touch(rows.bytes(row)))
  }

  return {
    size: () => size,
    bytes: () => bytes,
    tables: () => tables.values(),
    shared: (table) => tables.get(pathOf(table)) ?? table,
    find: rows.find,
    read: rows.read,
    touch(row) {
      if (!isHalfEmpty()) touchAgain(row)
    },
    add({ table, key, stored, keepUntil, now }) {
      const own = bytesIn(table, key, stored)
      size += 1
      bytes += own
      const stamp = isHalfEmpty() ? untouched : makeRoomFor(own, now)
      if (table.size === 0) tables.set(pathOf(table), table)
      table.size += 1
      const row = rows.add(table, ownCopy(key))
      rows.write(row, stored, keepUntil)
      rows.setStamp(row, stamp)
      rows.setBytes(row, own)
    },
    write: rows.write,
    resize(row, now) {
      const before = rows.bytes(row)
      rows.read(row, scratch)
      const own = bytesIn(rows.table(row) as T, rows.key(row), scratch)
      rows.setBytes(row, own)
      bytes += own - before
      if (own < before) rounds.shrink(rows.stamp(row), before - own)
      if (own <= before) return
      rounds.leave(rows.stamp(row), before)
      rows.setStamp(row, rounds.touch(own))
      makeRoom(now)
    },
    remove,
    *list() {
      for (let row = 0; row < rows.end(); row += 1) {
        const table = rows.table(row)
        if (table === undefined) continue
        const stored = nothingRead()
        rows.read(row, stored)
        yield { table, key: rows.key(row), stored }
      }
    },
  }
}

function bytesIn({ policy: { restBytes } }: Table, key: string, { rest }: Readonly<Stored>): number {
  return bytesOf(key.length, restBytes === undefined ? 0 : restBytes.of(rest))
}

/** NaN makes V8 treat the numbers as doubles from the start: see `makeStep`. */
function nothingRead(): Stored {
  return {
    used: Number.NaN,
    mark: Number.NaN,
    scale: Number.NaN,
    expiresAt: Number.NaN,
    counted: Number.NaN,
    rest: undefined,
  }
}

/** No name holds a space. */
function pathOf({ name, slot, policyName, policy: { format } }: Table): string {
  return `${name} ${slot} ${policyName} ${format}`
}
