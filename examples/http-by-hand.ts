import type { Decision, Limiter } from '@sluice/core'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'

function fieldsOf({ policies }: Limiter, decision: Decision): Record<string, string> {
  const { policy, remaining, resetAfterMs, retryAfterMs, at } = decision
  const seconds = (ms: number): number => Math.ceil(ms / 1000)
  const quota = ([name, { limit, window }]: [string, Limiter['policies'][string]]): string =>
    `"${name}";q=${limit}${window === undefined ? '' : `;w=${seconds(window)}`}`
  return {
    'RateLimit-Policy': Object.entries(policies).map(quota).join(', '),
    RateLimit: `"${policy}";r=${remaining};t=${seconds(resetAfterMs)}`,
    'X-RateLimit-Reset': new Date(at + resetAfterMs).toISOString(),
    // Nothing to wait for where it is allowed, or never will be.
    ...(retryAfterMs > 0 && retryAfterMs < Infinity && { 'Retry-After': `${seconds(retryAfterMs)}` }),
  }
}
const limiter = createLimiter({ policy: tokenBucket({ capacity: 1, refill: 1, per: '1m' }) })
for (const { allowed, ...rest } of await limiter.consumeMany([{ key: 'ann' }, { key: 'ann' }]))
  console.log(allowed ? 200 : 429, JSON.stringify(fieldsOf(limiter, { allowed, ...rest })))
