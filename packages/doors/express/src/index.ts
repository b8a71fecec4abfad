export { type RateLimitOptions, type RefusedRequest, rateLimit } from './rate-limit.ts'
