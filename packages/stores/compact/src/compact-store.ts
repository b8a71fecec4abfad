import type { MemoryStore, MemoryStoreOptions } from '@sluice/core'
import { boundedStore } from '@sluice/core/internal'
import { compactRows } from './compact-rows.ts'

/**
 * State in this process, for millions of keys: the same decisions, bounds and options as `memoryStore`, and about half the bytes
 * a key beyond the key itself. It finds keys by a hash of its own, which takes longer than a `Map` while they are few. Throws a
 * `TypeError` or `RangeError` that names the option that is wrong.
 */
export function compactStore(options: MemoryStoreOptions = {}): MemoryStore {
  return boundedStore('compactStore', compactRows(), options)
}
