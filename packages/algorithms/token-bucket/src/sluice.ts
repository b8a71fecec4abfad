import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { tokenBucket } from './token-bucket.ts'

/** What a configuration document finds here: `"algorithm": "token-bucket"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['capacity', 'refill', 'per'],
      properties: {
        capacity: { ...positiveIntegerSchema, description: 'How many units fit at once: the largest burst.' },
        refill: { ...positiveIntegerSchema, description: 'How many units come back each `per`.' },
        per: { ...durationTextSchema, description: 'The time in which `refill` units come back.' },
      },
    },
    create: tokenBucket,
  },
}
