import type { Harness } from '@sluice/testkit'
import { plainShelfStore, type Shelf } from './plain-shelf-store.ts'

/** This store, ready for the laws: each history has a shelf of its own. */
export async function harness(): Promise<Harness> {
  return {
    name: 'plain-shelf',
    async open(clock) {
      const shelf: Shelf = new Map()
      return {
        store: plainShelfStore({ shelf, clock }),
        async stored() {
          const entries = [...shelf].map(([key, { expiresAt, ...state }]) => {
            return { key, fingerprint: JSON.stringify({ ...state, expiresAt }), expiresAt }
          })
          return entries.sort((a, b) => (a.key < b.key ? -1 : 1))
        },
        expiryNow: async () => clock?.() ?? Date.now(),
        close: async () => {},
      }
    },
    close: async () => {},
  }
}
