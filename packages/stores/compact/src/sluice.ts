import type { SluicePackage } from '@sluice/core'
import { memoryStoreSchemas } from '@sluice/core/internal'
import { compactStore } from './compact-store.ts'

/** What a configuration document finds here: `"driver": "compact"`. */
export const sluice: SluicePackage = {
  store: {
    options: { type: 'object', properties: memoryStoreSchemas },
    open: (options, { clock }) => ({ store: compactStore({ ...options, clock }), close: () => {} }),
  },
}
