import type { KeyIndex } from './key-index.ts'
import { none, note, type Rows, tableOf } from './rows.ts'

/** An index for few: a `Map` for each table. V8 hashes a string once, and keeps its hash with it. */
export function mapIndex(rows: Rows): KeyIndex {
  const maps: Map<string, number>[] = []

  const mapOf = (row: number): Map<string, number> => {
    const table = tableOf(rows.note(row, note.label))
    maps[table] ??= new Map()
    return maps[table]
  }

  return {
    find: (table, key) => maps[table]?.get(key) ?? none,
    add(row) {
      mapOf(row).set(rows.key(row), row)
    },
    remove(row) {
      mapOf(row).delete(rows.key(row))
    },
    move(from, to) {
      mapOf(from).set(rows.key(from), to)
    },
  }
}
