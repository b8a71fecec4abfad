import type { SluicePackage } from '@sluice/core'
import { durationTextSchema, positiveIntegerSchema } from '@sluice/core/internal'
import { fixedWindow } from './fixed-window.ts'

/** What a configuration document finds here: `"algorithm": "fixed-window"`. */
export const sluice: SluicePackage = {
  algorithm: {
    options: {
      type: 'object',
      required: ['limit', 'window'],
      properties: {
        limit: { ...positiveIntegerSchema, description: 'How many units each window admits.' },
        window: { ...durationTextSchema, description: 'How long a window is.' },
        align: {
          title: 'one of first-request and epoch',
          enum: ['first-request', 'epoch'],
          description: 'Windows start with the first request, or at multiples of `window`. Default first-request.',
        },
      },
    },
    create: fixedWindow,
  },
}
