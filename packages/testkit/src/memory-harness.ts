import { type Clock, type MemoryStore, type MemoryStoreOptions, memoryStore } from '@sluice/core'
import type { Harness, OpenStore } from './subject.ts'

/** A store in memory, ready to be certified: by default the one of core. */
export function memoryHarness(name = 'memory', make: MakeStore = memoryStore): Harness {
  return {
    name,
    open: async (clock) => openStore(make, clock, {}),
    openBounded: async (clock, maxKeys) => openStore(make, clock, { maxKeys }),
    close: async () => {},
  }
}

type MakeStore = (options: MemoryStoreOptions) => MemoryStore

function openStore(make: MakeStore, clock: Clock | undefined, bounds: MemoryStoreOptions): OpenStore {
  const store = make(clock === undefined ? bounds : { ...bounds, clock })
  return {
    store,
    async stored() {
      const entries = [...store.entries()].map(({ name, policy, format, key, stored }) => ({
        key: JSON.stringify([name, policy, format, key]),
        fingerprint: JSON.stringify(stored),
        expiresAt: stored.expiresAt,
      }))
      return entries.sort((a, b) => (a.key < b.key ? -1 : 1))
    },
    expiryNow: async () => clock?.() ?? Date.now(),
    close: async () => {},
  }
}
