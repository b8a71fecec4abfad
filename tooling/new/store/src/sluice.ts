import type { SluicePackage } from '@sluice/core'
import { plainShelfStore } from './plain-shelf-store.ts'

/** What a configuration document finds here: `"driver": "plain-shelf"`. */
export const sluice: SluicePackage = {
  store: {
    options: { type: 'object', properties: {} },
    open: (_, { clock }) => ({ store: plainShelfStore({ shelf: new Map(), clock }), close: () => {} }),
  },
}
