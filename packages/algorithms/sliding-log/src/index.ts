export { createLimiter, memoryStore } from '@sluice/core'
export { largestLimit, type SlidingLogOptions, slidingLog } from './sliding-log.ts'
