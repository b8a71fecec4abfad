import { createLimiter } from '@sluice/core'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { type Connected, loadScript } from '../redis/connect.ts'
import { zsetLogLua } from './generic.lua.ts'

const hourMs = 3_600_000

/** A quota of a log. */
export interface LogQuota {
  readonly limit: number
  readonly windowMs: number
}

/** A sliding log of one kind, on a clock that stands where it is put. */
export interface LogContender {
  readonly name: 'sliding log' | 'sorted set'
  /** One request of one unit; says whether it was admitted. */
  consume(key: string, now: number, quota: LogQuota): Promise<boolean>
}

/** Ours and the usual one. The time comes from the caller, so that one entry can be made to expire with each call. */
export async function logContenders(connected: Connected): Promise<readonly LogContender[]> {
  return [ours(connected), await sortedSet(connected)]
}

function ours({ client, kind }: Connected): LogContender {
  if (kind !== 'ioredis') throw new TypeError(`Expected a client of ioredis, got one of ${kind}`)
  let time = 0
  const store = ioredisStore({ client, clock: () => time, merge: false })
  const limiters = new Map<LogQuota, ReturnType<typeof createLimiter>>()
  return {
    name: 'sliding log',
    consume: async (key, now, quota) => {
      const { limit, windowMs } = quota
      const limiter =
        limiters.get(quota) ??
        createLimiter({
          policy: slidingLog({ limit, window: `${windowMs}ms` }),
          name: 'bench-log',
          store,
          failure: 'throw',
        })
      limiters.set(quota, limiter)
      time = now
      return (await limiter.consume(key)).allowed
    },
  }
}

async function sortedSet(connected: Connected): Promise<LogContender> {
  const sha = await loadScript(connected, zsetLogLua)
  let serial = 0
  return {
    name: 'sorted set',
    consume: async (key, now, { limit, windowMs }) => {
      serial += 1
      const reply = await connected.evalsha(sha, `bench-zset:{${key}}`, [
        `${now}`,
        `${windowMs}`,
        `${limit}`,
        `${now}-${serial}`,
        // Longer than the window: its time does not pass, Redis's does.
        `${hourMs}`,
      ])
      return (reply as readonly number[])[0] === 1
    },
  }
}
