import type { ConsumeRequest, Decision, Limiter } from '@sluice/core'

/** What one round trip carries: enough to be quick, and on Redis never a long script. */
export const batchSize = 500

/** Decides requests of one instant, in order, a batch at a time. */
export async function decideAll(limiter: Limiter, requests: readonly ConsumeRequest[]): Promise<Decision[]> {
  if (requests.length <= batchSize) return limiter.consumeMany(requests)
  const decisions: Decision[] = []
  for (let i = 0; i < requests.length; i += batchSize) {
    decisions.push(...(await limiter.consumeMany(requests.slice(i, i + batchSize))))
  }
  return decisions
}
