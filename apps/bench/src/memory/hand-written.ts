/** A token bucket for each key. */
export interface HandWrittenOptions {
  readonly capacity: number
  readonly refillPerMs: number
}

/**
 * The least that a token bucket can do: one look-up, one reading of the clock, two doubles. It says yes or no, forgets
 * nothing, and rounds.
 */
export function handWritten({ capacity, refillPerMs }: HandWrittenOptions): (key: string) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>()

  return (key) => {
    const now = Date.now()
    const bucket = buckets.get(key)
    if (bucket === undefined) {
      buckets.set(key, { tokens: capacity - 1, at: now })
      return true
    }
    const tokens = Math.min(capacity, bucket.tokens + (now - bucket.at) * refillPerMs)
    bucket.at = now
    bucket.tokens = tokens < 1 ? tokens : tokens - 1
    return tokens >= 1
  }
}
