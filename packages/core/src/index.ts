export { callersFault, isCallersFault } from './callers-fault.ts'
export { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
export type {
  Answer,
  Ask,
  Binding,
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  Duration,
  DurationText,
  FallbackSource,
  Gate,
  Limiter,
  Mode,
  Policy,
  PolicyDecision,
  Reading,
  RefundOptions,
  Signal,
  Store,
  Stored,
  StoreHealth,
  SyncGate,
  SyncLimiter,
  SyncStore,
  View,
} from './contract.ts'
export { longestDuration, parseDuration, parseDurationText } from './duration.ts'
export { BatchError, codeOf, DeadlineError, OverloadError, StoreDownError, StoredStateError } from './errors.ts'
export { type DecisionMessage, type LimiterEvent, warnOnce } from './events.ts'
export { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
export type { Failure } from './fallback.ts'
export { createLimiter, type LimiterOptions, mostPolicies } from './limiter.ts'
export { longestKey } from './longest-key.ts'
export { type MemoryEntry, type MemoryStore, type MemoryStoreOptions, memoryStore } from './memory-store.ts'
