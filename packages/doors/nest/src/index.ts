export { RateLimit, RateLimitDecision, SkipRateLimit } from './rate-limit.ts'
export { RateLimitException } from './rate-limit-exception.ts'
export { RateLimitGuard } from './rate-limit-guard.ts'
export {
  RateLimitModule,
  type RateLimitModuleAsyncOptions,
  type RateLimitModuleOptions,
  type RateLimitScope,
} from './rate-limit-module.ts'
export type { HttpExchange, NestRequest, RateLimitOptions, RefusedRequest } from './rate-limit-options.ts'
