import type { SluicePackage } from './contract/package.ts'
import { memoryStore } from './memory-store.ts'
import { memoryStoreSchemas } from './option-schemas.ts'

/** What a configuration document finds here: the store in memory. */
export const sluice: SluicePackage = {
  store: {
    options: { type: 'object', properties: memoryStoreSchemas },
    open: (options, { clock }) => ({ store: memoryStore({ ...options, clock }), close: () => {} }),
  },
}
