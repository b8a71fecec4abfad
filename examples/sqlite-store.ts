import type { DatabaseSync } from 'node:sqlite'
import { type Clock, decidingGate, type Policy, type States, type Stored, type SyncStore } from '@sluice/core'

export interface SqliteStoreOptions {
  /** Opened and closed by you. Processes may share its file: its `timeout` says how long one waits for another. */
  readonly database: DatabaseSync
  /** Default: `Date.now`. */
  readonly clock?: Clock | undefined
}

/** A state as it lies in the table. Its id there is JSON, which escapes lone surrogates: text in SQLite cannot hold them. */
type Row = Omit<Stored, 'rest'> & { readonly rest: string | null }

const columns =
  'id TEXT PRIMARY KEY, used REAL, mark REAL, scale REAL, expiresAt REAL, counted REAL, rest TEXT, keepUntil REAL'
const expired = 'SELECT id FROM sluice WHERE keepUntil <= ? LIMIT 4'
const dayMs = 86_400_000

/** State in a table of a SQLite database: it outlives the process. Answers synchronously. */
export function sqliteStore({ database, clock }: SqliteStoreOptions): SyncStore {
  database.exec(`CREATE TABLE IF NOT EXISTS sluice (${columns}) STRICT, WITHOUT ROWID`)
  database.exec('CREATE INDEX IF NOT EXISTS sluice_keep_until ON sluice (keepUntil)')
  const select = database.prepare('SELECT * FROM sluice WHERE id = ?')
  const upsert = database.prepare('INSERT OR REPLACE INTO sluice VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM sluice WHERE id = ?')
  const sweep = database.prepare(`DELETE FROM sluice WHERE id IN (${expired})`)
  // A clock of your own may go back: what has expired by it is kept a day longer.
  const graceMs = clock === undefined ? 0 : dayMs
  let instant = 0

  const statesOf = (path: readonly string[], { format }: Policy): States<Row> => {
    const idOf = (key: string): string => JSON.stringify([...path, format, key])
    return {
      find: (key) => select.get(idOf(key)) as Row | undefined,
      read({ used, mark, scale, expiresAt, counted, rest: text }, into) {
        const rest: unknown = text === null ? undefined : JSON.parse(text)
        Object.assign(into, { used, mark, scale, expiresAt, counted, rest })
      },
      write(key, row, { used, mark, scale, expiresAt, counted, rest }, keepUntil, now) {
        if (row === undefined) sweep.run(now - graceMs)
        upsert.run(idOf(key), used, mark, scale, expiresAt, counted, JSON.stringify(rest) ?? null, keepUntil)
      },
      remove: (key) => void remove.run(idOf(key)),
    }
  }

  /** A decision, or a batch of them: at one instant, and all that it writes or nothing. */
  const atomically = <T>(decide: () => T): T => {
    database.exec('BEGIN IMMEDIATE')
    try {
      instant = (clock ?? Date.now)()
      const decided = decide()
      database.exec('COMMIT')
      return decided
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  return {
    bind({ name, slot = 'key', policies }) {
      const all = Object.entries(policies).map(([own, policy]) => ({
        policy,
        states: statesOf([name, slot, own], policy),
      }))
      const gate = decidingGate({ policies: all, clock: () => instant })
      return {
        applySync: (ask) => atomically(() => gate.applySync(ask)),
        // An answer holds until the next one: a batch copies each.
        apply: async (asks) => atomically(() => asks.map((ask) => structuredClone(gate.applySync(ask)))),
      }
    },
  }
}
