import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { leakyBucket } from './leaky-bucket.ts'

/** What a configuration document finds here: `"algorithm": "leaky-bucket"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['capacity', 'leak', 'per'],
      properties: {
        capacity: { ...positiveIntegerSchema, description: 'How many units may be under way or waiting at once.' },
        leak: { ...positiveIntegerSchema, description: 'How many units flow out each `per`.' },
        per: { ...durationTextSchema, description: 'The time in which `leak` units flow out.' },
      },
    },
    create: leakyBucket,
  },
}
