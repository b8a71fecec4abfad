import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { slidingCounter } from './sliding-counter.ts'

/** What a configuration document finds here: `"algorithm": "sliding-counter"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['limit', 'window'],
      properties: {
        limit: {
          ...positiveIntegerSchema,
          description: 'How many units are admitted at once, and in the long run in each `window`.',
        },
        window: { ...durationTextSchema, description: 'How long a window is.' },
      },
    },
    create: slidingCounter,
  },
}
