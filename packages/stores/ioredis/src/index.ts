export { type IoredisClient, type IoredisStoreOptions, ioredisStore } from './ioredis-store.ts'
export { recommendedClusterOptions, recommendedOptions } from './recommended-options.ts'
export { sluice } from './sluice.ts'
