import type { KeyIndex } from './key-index.ts'
import { none, note, type Rows, tableOf } from './rows.ts'

/** An index for few: a `Map` for each table. V8 hashes a string once, and keeps its hash with it. */
export function mapIndex(rows: Rows): KeyIndex {
  const maps: (Map<string, number> | undefined)[] = []

  const mapOf = (row: number): Map<string, number> => {
    const table = tableOf(rows.note(row, note.label))
    const map = maps[table] ?? new Map<string, number>()
    maps[table] = map
    return map
  }

  return {
    find: (table, key) => maps[table]?.get(key) ?? none,
    add(row) {
      mapOf(row).set(rows.key(row), row)
    },
    remove(row) {
      const map = mapOf(row)
      map.delete(rows.key(row))
      // Tables come and go with their entries.
      if (map.size === 0) maps[tableOf(rows.note(row, note.label))] = undefined
    },
    move(from, to) {
      mapOf(from).set(rows.key(from), to)
    },
  }
}
