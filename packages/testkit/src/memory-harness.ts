import { memoryStore } from '@sluice/core'
import type { Harness } from './subject.ts'

/** The memory store, ready to be certified. */
export function memoryHarness(): Harness {
  return {
    name: 'memory',
    async open(clock) {
      const store = clock === undefined ? memoryStore() : memoryStore({ clock })
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
    },
    close: async () => {},
  }
}
