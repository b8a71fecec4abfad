import { type Clock, type MemoryStoreOptions, memoryStore } from '@sluice/core'
import type { Harness, OpenStore } from './subject.ts'

/** The memory store, ready to be certified. */
export function memoryHarness(): Harness {
  return {
    name: 'memory',
    open: async (clock) => openStore(clock, {}),
    openBounded: async (clock, maxKeys) => openStore(clock, { maxKeys }),
    close: async () => {},
  }
}

function openStore(clock: Clock | undefined, bounds: MemoryStoreOptions): OpenStore {
  const store = memoryStore(clock === undefined ? bounds : { ...bounds, clock })
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
