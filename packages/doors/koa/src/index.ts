export { type RateLimitOptions, type RateLimitState, type RefusedRequest, rateLimit } from './rate-limit.ts'
