import { movedFlag, none, note, type Rank, type Rows, rankOf } from './rows.ts'

/**
 * Who is to be forgotten first. Rows wait in line by how long they had left when they were queued: one line for each rank and
 * power of two of ms, and within a line first come, first served. So the first of a line expires later than another of that
 * line by less than what that one had left when it was queued. Exact order would cost 12 more bytes a row.
 *
 * A charge moves an expiry out and costs nothing here: the row is queued anew when it comes to the front.
 */
export interface ExpiryLines {
  /** A row whose expiry and label are set. */
  add(row: number, now: number): void
  remove(row: number): void
  /** What was at one row will be at another. */
  move(from: number, to: number): void
  /** Of the first of each line of a rank the one that expires first, or -1. */
  soonest(rank: Rank, now: number): number
}

const lineCount = 32
/** How many are queued anew at a time, in each line: enough to get to the others behind them, and never a long pause. */
const requeuedAtOnce = 4

/** No lines. */
export function expiryLines(rows: Rows): ExpiryLines {
  // The ends of a line point back to it: they are its number inverted, which is below 0.
  const first = Int32Array.from({ length: 2 * lineCount }, (_, line) => ~line)
  const last = Int32Array.from(first)
  // A bit for each line, by rank; an empty line may keep its bit until it is looked at.
  const inUse = new Int32Array(2)

  const link = (from: number, to: number): void => {
    if (from < 0) first[~from] = to
    else rows.setNote(from, note.next, to)
    if (to < 0) last[~to] = from
    else rows.setNote(to, note.previous, from)
  }

  const add = (row: number, now: number): void => {
    const label = rows.note(row, note.label)
    const rank = rankOf(label)
    const power = powerOf(rows.expiresAt(row) - now)
    const line = rank * lineCount + power
    rows.setNote(row, note.label, label & ~movedFlag)
    link(last[line] as number, row)
    link(row, ~line)
    inUse[rank] = (inUse[rank] as number) | (1 << power)
  }

  const remove = (row: number): void => {
    link(rows.note(row, note.previous), rows.note(row, note.next))
  }

  const hasMoved = (row: number): boolean => (rows.note(row, note.label) & movedFlag) !== 0

  /** The first of a line, or a number below 0. */
  const firstOf = (line: number, now: number): number => {
    for (let i = 0; i < requeuedAtOnce; i += 1) {
      const row = first[line] as number
      if (row < 0 || !hasMoved(row)) return row
      remove(row)
      add(row, now)
    }
    return first[line] as number
  }

  return {
    add,
    remove,
    move(from, to) {
      link(rows.note(from, note.previous), to)
      link(to, rows.note(from, note.next))
    },
    soonest(rank, now) {
      let found = none
      // From the lowest bit up, so that what is queued anew further up is still looked at.
      for (let power = 0; power < lineCount; power += 1) {
        const left = (inUse[rank] as number) >>> power
        if (left === 0) break
        power += lowestBit(left)
        const row = firstOf(rank * lineCount + power, now)
        if (row < 0) inUse[rank] = (inUse[rank] as number) & ~(1 << power)
        else if (found === none || rows.expiresAt(row) < rows.expiresAt(found)) found = row
      }
      return found
    },
  }
}

/** The power of two at or below so many ms, from 0 to 31 (25 days and more). */
function powerOf(ms: number): number {
  return 31 - Math.clz32(Math.min(Math.max(ms, 1), 2 ** 32 - 1))
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
