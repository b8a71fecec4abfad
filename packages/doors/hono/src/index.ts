export { type RateLimitOptions, type RateLimitVariables, type RefusedRequest, rateLimit } from './rate-limit.ts'
