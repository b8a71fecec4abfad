export { createLimiter, memoryStore } from '@sluice/core'
export { type LeakyBucketOptions, leakyBucket } from './leaky-bucket.ts'
