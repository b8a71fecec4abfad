import { none } from './rows.ts'

/** What holds the state of one policy of a limiter, by its name: as long as it has entries, for all who bind that name. */
export interface Table {
  readonly name: string
  readonly policy: string
  readonly format: string
  /** Its number while it has entries, else `none`. */
  id: number
  entries: number
  /** Told of each entry that is forgotten while it still counts: by whoever added the latest. */
  forgot: (now: number) => void
}

/** The tables that have entries; a name without any is forgotten. */
export interface Tables {
  /** The table of a number. */
  at(id: number): Table
  /** The table that has entries under the same name, if there is one, else the one given. */
  shared(table: Table): Table
  /** Its number, given now if it has none. */
  open(table: Table): number
  /** How many entries were added, or removed (-1). */
  count(id: number, added: 1 | -1): void
}

/** A table without entries. */
export function makeTable(name: string, policy: string, format: string): Table {
  return { name, policy, format, id: none, entries: 0, forgot: () => {} }
}

/** No tables. */
export function makeTables(): Tables {
  const byPath = new Map<string, Table>()
  const byId: (Table | undefined)[] = []
  const free: number[] = []
  const at = (id: number): Table => byId[id] as Table

  return {
    at,
    shared: (table) => (table.id === none ? (byPath.get(pathOf(table)) ?? table) : table),
    open(table) {
      if (table.id !== none) return table.id
      table.id = free.pop() ?? byId.length
      byId[table.id] = table
      byPath.set(pathOf(table), table)
      return table.id
    },
    count(id, added) {
      const table = at(id)
      table.entries += added
      if (table.entries > 0) return
      byPath.delete(pathOf(table))
      byId[id] = undefined
      free.push(id)
      table.id = none
    },
  }
}

/** No name holds a space. */
function pathOf({ name, policy, format }: Table): string {
  return `${name} ${policy} ${format}`
}
