export { createLimiter, memoryStore } from '@sluice/core'
export { type TokenBucketOptions, tokenBucket } from './token-bucket.ts'
