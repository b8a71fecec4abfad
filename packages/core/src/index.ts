export { callersFault, isCallersFault } from './callers-fault.ts'
export type { Clock } from './clock.ts'
export type {
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  Duration,
  DurationText,
  FallbackSource,
  Key,
  Limiter,
  Policies,
  PolicyDecision,
  PolicyOptions,
  RefundOptions,
  ShadowDecision,
  Signal,
  SyncLimiter,
  WaitOptions,
} from './contract/limiter.ts'
export type {
  DescribedAlgorithm,
  DescribedStore,
  OpenedStore,
  OptionSchema,
  OptionsSchema,
  SluicePackage,
  StoreSurroundings,
} from './contract/package.ts'
export type { Mode, PastCharge, Policy, Reading, Stored, View } from './contract/policy.ts'
export type { Answer, Ask, Binding, Gate, Store, StoreHealth, SyncGate, SyncStore } from './contract/store.ts'
export { charge, fits, overcharge } from './counter.ts'
export { type DecidingGateOptions, decidingGate, type States } from './deciding-gate.ts'
export { parseDuration, parseDurationText } from './duration.ts'
export { BatchError, DeadlineError, OverloadError, StoreDownError, StoredStateError } from './errors.ts'
export type { DecisionMessage, LimiterEvent, ScriptMessage, WaitMessage } from './events.ts'
export type { Failure } from './fallback.ts'
export { createLimiter } from './limiter.ts'
export type { LimiterOptions } from './limiter-options.ts'
export type { MemoryEntry, MemoryStore, MemoryStoreOptions } from './memory/bounded-store.ts'
export { memoryStore } from './memory-store.ts'
export type { LimiterMode } from './shadow-options.ts'
export { sluice } from './sluice.ts'
export type { LevelsMessage, StoreLevel } from './store-levels.ts'
