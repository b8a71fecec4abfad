export {
  type CheckedLimiter,
  type CheckedOverride,
  type CheckedPolicy,
  type CheckedSluice,
  type CheckedStore,
  type CheckOptions,
  checkSluice,
} from './check-sluice.ts'
export type { ConfiguredLimiter, LimitSubject } from './configured-limiter.ts'
export { DocumentError, type Problem } from './document-error.ts'
export type { LoadOptions } from './load-options.ts'
export { loadSluice } from './load-sluice.ts'
export { type LoadFileOptions, loadSluiceFile } from './load-sluice-file.ts'
export type { LimitersOf, NamedDecision, NamedLimiter } from './named-limiter.ts'
export type { Packages } from './named-packages.ts'
export { parseText } from './parse-text.ts'
export type { Sluice, SluiceEvent } from './sluice.ts'
export type {
  LimiterDocument,
  OverrideDocument,
  PolicyDocument,
  SluiceDocument,
  StoreDocument,
} from './sluice-document.ts'
export type { Environment } from './variables.ts'
export type { Watch } from './watch-file.ts'
