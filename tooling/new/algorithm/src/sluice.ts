import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { plainWindow } from './plain-window.ts'

/** What a configuration document finds here: `"algorithm": "plain-window"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['limit', 'window'],
      properties: {
        limit: { ...positiveIntegerSchema, description: 'How many units each window admits.' },
        window: { ...durationTextSchema, description: 'How long a window is.' },
      },
    },
    create: plainWindow,
  },
}
