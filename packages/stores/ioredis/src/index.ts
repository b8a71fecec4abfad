export { type IoredisClient, type IoredisStoreOptions, ioredisStore } from './ioredis-store.ts'
