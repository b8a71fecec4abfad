export { callersFault, isCallersFault } from './callers-fault.ts'
export { type Clock, expectClock, injectedClockGraceMs, readClock } from './clock.ts'
export type {
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  Duration,
  DurationText,
  FallbackSource,
  Limiter,
  PolicyDecision,
  RefundOptions,
  Signal,
  SyncLimiter,
} from './contract/limiter.ts'
export type { Mode, Policy, Reading, Stored, View } from './contract/policy.ts'
export type { Answer, Ask, Binding, Gate, Store, StoreHealth, SyncGate, SyncStore } from './contract/store.ts'
export { charge, fits } from './counter.ts'
export { type DecidingGateOptions, decidingGate, type States } from './deciding-gate.ts'
export { longestDuration, parseDuration, parseDurationText } from './duration.ts'
export { BatchError, codeOf, DeadlineError, OverloadError, StoreDownError, StoredStateError } from './errors.ts'
export { type DecisionMessage, type LimiterEvent, warnOnce } from './events.ts'
export { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
export type { Failure } from './fallback.ts'
export { createLimiter, type LimiterOptions, mostPolicies } from './limiter.ts'
export { longestKey } from './longest-key.ts'
export type { MemoryEntry, MemoryStore, MemoryStoreOptions } from './memory/bounded-store.ts'
export { memoryStore } from './memory-store.ts'
