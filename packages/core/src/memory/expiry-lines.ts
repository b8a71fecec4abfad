import { none } from './key-index.ts'
import { flag, note, type Rows } from './rows.ts'

/** Those with something left to consume, and those with nothing left. */
export type Rank = 'open' | 'spent'

/**
 * Who is to be forgotten first. Rows wait in line by how long they had left when they were queued: one line for each power
 * of two of ms, and within a line first come, first served. So the first of a line expires later than another of that line
 * by less than what that one had left when it was queued. Exact order would cost 12 more bytes a row.
 *
 * A charge moves an expiry out and costs nothing here: the row is queued anew when it has come to the front.
 */
export interface ExpiryLines {
  /** A row whose expiry and flags are set. */
  add(row: number, now: number): void
  remove(row: number): void
  /** What was at one row is at another now. */
  moved(from: number, to: number): void
  /** Queues anew, in each line, a few of the first whose expiry has moved out. */
  tidy(now: number): void
  /** Of the first of each line the one that expires first, or -1. */
  soonest(rank: Rank): number
}

const lineCount = 32
/** How many are queued anew at a time and line: more than are added, so that nobody waits behind them for ever. */
const tidied = 4

/** No lines. */
export function expiryLines(rows: Rows): ExpiryLines {
  // Open lines, then spent ones. The ends of a line point back to it: they are its number inverted, which is below 0.
  const first = Int32Array.from({ length: 2 * lineCount }, (_, line) => ~line)
  const last = Int32Array.from(first)
  const offset = { open: 0, spent: lineCount } as const

  const link = (from: number, to: number): void => {
    if (from < 0) first[~from] = to
    else rows.setNote(from, note.next, to)
    if (to < 0) last[~to] = from
    else rows.setNote(to, note.previous, from)
  }

  const add = (row: number, now: number): void => {
    const label = rows.note(row, note.label)
    const isSpent = (label & flag.spent) !== 0
    const line = lineOf(rows.expiresAt(row) - now) + (isSpent ? offset.spent : offset.open)
    rows.setNote(row, note.label, label & ~flag.moved)
    link(last[line] as number, row)
    link(row, ~line)
  }

  const remove = (row: number): void => {
    link(rows.note(row, note.previous), rows.note(row, note.next))
  }

  const hasMoved = (row: number): boolean => row >= 0 && (rows.note(row, note.label) & flag.moved) !== 0

  return {
    add,
    remove,
    moved(from, to) {
      link(rows.note(from, note.previous), to)
      link(to, rows.note(from, note.next))
    },
    tidy(now) {
      for (let line = 0; line < first.length; line += 1) {
        for (let i = 0; i < tidied && hasMoved(first[line] as number); i += 1) {
          const row = first[line] as number
          remove(row)
          add(row, now)
        }
      }
    },
    soonest(rank) {
      let found = none
      for (let line = offset[rank]; line < offset[rank] + lineCount; line += 1) {
        const row = first[line] as number
        if (row >= 0 && (found === none || rows.expiresAt(row) < rows.expiresAt(found))) found = row
      }
      return found
    },
  }
}

/** The power of two at or below so many ms, up to 2^31 (25 days). */
function lineOf(ms: number): number {
  return 31 - Math.clz32(Math.min(Math.max(ms, 1), 2 ** 32 - 1))
}
