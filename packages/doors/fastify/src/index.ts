export {
  type RateLimitOptions,
  type RefusedRequest,
  type RouteRateLimit,
  rateLimit,
} from './rate-limit.ts'
