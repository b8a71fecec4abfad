import type { SluicePackage } from '@sluice/core'
import { serverOptionsSchema } from '@sluice/redis-script'
import { openIoredis } from './open-ioredis.ts'

/** What a configuration document finds here: `"driver": "ioredis"`. */
export const sluice: SluicePackage = {
  store: { options: serverOptionsSchema, needs: ['ioredis'], open: openIoredis },
}
