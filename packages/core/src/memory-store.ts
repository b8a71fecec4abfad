import { boundedStore, type MemoryStore, type MemoryStoreOptions } from './memory/bounded-store.ts'
import { mapRows } from './memory/map-rows.ts'

/**
 * A store in memory: the default. `maxKeys` and `maxBytes` bound it; past them, entries make room, but never the latest that
 * were consumed from. For millions of keys there is `@sluice/store-compact`. Throws a `TypeError` or `RangeError` that names the
 * option that is wrong.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return boundedStore('memoryStore', mapRows(), options)
}
