import type { Redis } from 'ioredis'

export interface NaiveLimiterOptions {
  readonly client: Redis
  readonly key: string
  readonly limit: number
  /** Called between reading and writing: where a busy process or network loses time. */
  readonly meanwhile?: () => Promise<void>
}

/**
 * The limiter of a typical tutorial: GET the count, compare, SET it, in windows of whole seconds by the app's clock. It is
 * here to show what goes wrong.
 */
export function naiveLimiter({ client, key, limit, meanwhile = async () => {} }: NaiveLimiterOptions) {
  return {
    async consume(now: number): Promise<boolean> {
      const slot = `${key}:${Math.floor(now / 1000)}`
      const count = Number((await client.get(slot)) ?? 0)
      await meanwhile()
      if (count >= limit) return false
      await client.set(slot, count + 1, 'EX', 2)
      return true
    },
  }
}

export interface LockedLimiterOptions extends NaiveLimiterOptions {
  readonly lockMs: number
}

/** The same behind a lock with a timeout, as the next chapter of the tutorial has it. */
export function lockedLimiter({ lockMs, ...options }: LockedLimiterOptions) {
  const { client, key } = options
  const naive = naiveLimiter(options)
  return {
    async consume(now: number): Promise<boolean> {
      while ((await client.set(`${key}:lock`, '1', 'PX', lockMs, 'NX')) === null);
      const allowed = await naive.consume(now)
      await client.del(`${key}:lock`)
      return allowed
    },
  }
}
