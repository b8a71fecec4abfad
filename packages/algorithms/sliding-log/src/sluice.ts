import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { largestLimit, slidingLog } from './sliding-log.ts'

/** What a configuration document finds here: `"algorithm": "sliding-log"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['limit', 'window'],
      properties: {
        limit: {
          ...positiveIntegerSchema,
          title: `a positive integer of at most ${largestLimit}`,
          maximum: largestLimit,
          description: 'How many units any window admits.',
        },
        window: { ...durationTextSchema, description: 'How long the window is that slides.' },
      },
    },
    create: slidingLog,
  },
}
