export { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
export type {
  Answer,
  Ask,
  Binding,
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  Decision,
  Duration,
  Gate,
  Limiter,
  Mode,
  Policy,
  PolicyDecision,
  Reading,
  RefundOptions,
  Store,
  Stored,
  SyncGate,
  SyncLimiter,
  SyncStore,
  View,
} from './contract.ts'
export { longestDuration, parseDuration } from './duration.ts'
export { BatchError, DeadlineError, StoredStateError } from './errors.ts'
export { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
export { createLimiter, type LimiterOptions, longestKey } from './limiter.ts'
export { type MemoryEntry, type MemoryStore, type MemoryStoreOptions, memoryStore } from './memory-store.ts'
