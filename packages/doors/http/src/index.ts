export type { Fetch, LimitedFetchOptions } from './client/fetch-settings.ts'
export { limitedFetch, WaitTooLongError } from './client/limited-fetch.ts'
export type { CostByName } from './client/pace.ts'
export type { FetchInput } from './client/repeatable.ts'
export type { Sleep } from './client/sleep.ts'
export {
  type Door,
  type DoorLimiter,
  type LimitRequestsOptions,
  limitRequests,
  type RefusedRequest,
} from './door/limit-requests.ts'
export { type DecidedAt, decisionOf, withLimitFields } from './door/request-limits.ts'
export { type FieldForm, type Fields, limitFields } from './emit/limit-fields.ts'
export type { DecisionNumbers, Quota, QuotaSource } from './emit/quota.ts'
export { type Problem, type Refusal, type RefusalOptions, refusal, refusalResponse } from './emit/refusal.ts'
export { type ReportedLimits, readLimits } from './fields/read-limits.ts'
export type { ReportedLimit } from './fields/reported-limit.ts'
export type { HeaderFields } from './header-fields.ts'
export { type ApiKey, type ApiKeyOptions, apiKey } from './identity/api-key.ts'
export { type ClientIp, type ClientIpOptions, clientIp, unknownClient } from './identity/client-ip.ts'
export { compositeKey } from './identity/composite-key.ts'
export { type KeyHash, type KeyHashOptions, keyHash } from './identity/key-hash.ts'
export { userKey } from './identity/user-key.ts'
