import { mapIndex } from './map-index.ts'
import type { Rows } from './rows.ts'
import { slotIndex } from './slot-index.ts'

/** Finds rows by their table and key. */
export interface KeyIndex {
  /** The row of the key, or -1. */
  find(table: number, key: string): number
  /** A row whose key and label are set, and which is not yet in. */
  add(row: number): void
  remove(row: number): void
  /** What was at one row will be at another. */
  move(from: number, to: number): void
}

/**
 * An index of no rows. While they are few, maps find them soonest; past `mappedUpTo` a map would take up to 53 bytes a key,
 * and misses the cache more often than slots do.
 */
export function keyIndex(rows: Rows, mappedUpTo: number): KeyIndex {
  let index = mapIndex(rows)
  let isMapped = true

  const addAll = (next: KeyIndex): void => {
    index = next
    for (let row = 0; row < rows.size(); row += 1) index.add(row)
  }

  return {
    find: (table, key) => index.find(table, key),
    add(row) {
      const size = rows.size()
      // Far enough below that a number around the bound does not make it change again and again.
      if (isMapped ? size <= mappedUpTo : size >= mappedUpTo / 4) return index.add(row)
      isMapped = !isMapped
      addAll(isMapped ? mapIndex(rows) : slotIndex(rows))
    },
    remove: (row) => index.remove(row),
    move: (from, to) => index.move(from, to),
  }
}
