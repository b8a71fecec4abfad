export { recommendedOptions } from './recommended-options.ts'
export { type RedisClient, type RedisStoreOptions, redisStore } from './redis-store.ts'
