// What the packages of this house share. Not part of the public API: it may change with any version.
export { expectClock, injectedClockGraceMs, readClock } from './clock.ts'
export { type Channel, diagnosticsChannel } from './diagnostics.ts'
export { longestDuration } from './duration.ts'
export { codeOf } from './errors.ts'
export { warnOnce } from './events.ts'
export { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
export { mostPolicies } from './limiter-options.ts'
export { longestKey } from './longest-key.ts'
export { boundedStore } from './memory/bounded-store.ts'
export { bytesOf } from './memory/entries.ts'
export { rowNumbers } from './memory/row-numbers.ts'
export type { Rows, Table } from './memory/rows.ts'
export { monotonicNow } from './monotonic-now.ts'
export { onAbort } from './on-abort.ts'
export {
  durationSchema,
  durationTextSchema,
  limiterOptionSchemas,
  memoryStoreSchemas,
  nameSchema,
  positiveIntegerSchema,
} from './option-schemas.ts'
export { isSameKey } from './request-key.ts'
export { expectCosts } from './requests.ts'
export { reportLevels } from './store-levels.ts'
