import type { SluicePackage } from '@sluice/core'
import { serverOptionsSchema } from '@sluice/redis-script'
import { openRedis } from './open-redis.ts'

/** What a configuration document finds here: `"driver": "redis"`. */
export const sluice: SluicePackage = {
  store: { options: serverOptionsSchema, needs: ['redis'], open: openRedis },
}
