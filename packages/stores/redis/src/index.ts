export { recommendedOptions } from './recommended-options.ts'
export type { RedisClient } from './redis-client.ts'
export { type RedisStoreOptions, redisStore } from './redis-store.ts'
export { sluice } from './sluice.ts'
