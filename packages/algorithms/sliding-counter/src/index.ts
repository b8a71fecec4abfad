export type {
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  DurationText,
  Limiter,
  LimiterOptions,
  MemoryStore,
  MemoryStoreOptions,
  Policy,
  PolicyDecision,
  RefundOptions,
  Store,
  SyncLimiter,
} from '@sluice/core'
export { createLimiter, memoryStore } from '@sluice/core'
export { type SlidingCounterOptions, slidingCounter } from './sliding-counter.ts'
export { sluice } from './sluice.ts'
