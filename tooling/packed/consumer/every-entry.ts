// Every entry point is imported by its name.

import { subject as fixedWindow } from '@sluice/fixed-window/conformance'
import { subject as leakyBucket } from '@sluice/leaky-bucket/conformance'
import { scriptStore } from '@sluice/redis-script'
import { redisHarness } from '@sluice/redis-script/conformance'
import { subject as slidingLog } from '@sluice/sliding-log/conformance'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { laws, memoryHarness } from '@sluice/testkit'
import { subject as tokenBucket } from '@sluice/token-bucket/conformance'
import { debtPolicy } from '@sluice/token-bucket/debt'

const nothing: undefined = undefined

/** Whether an algorithm of each package keeps a law, and the rest is there. */
export async function everyEntryWorks(): Promise<boolean> {
  const law = laws.find(({ number }) => number === 4)
  if (law === nothing) return false
  const effort = { numRuns: 5, seed: 1 }
  const harness = memoryHarness()
  await law.check({ subject: tokenBucket, harness }, effort)
  await law.check({ subject: leakyBucket, harness }, effort)
  await law.check({ subject: fixedWindow, harness }, effort)
  await law.check({ subject: slidingLog, harness }, effort)

  const nobody = () => Promise.reject(new Error('not connected'))
  const store = scriptStore({ evalsha: nobody, eval: nobody, cluster: nothing }, { prefix: nothing, clock: nothing })
  const { limit } = debtPolicy({ capacity: 3, amount: 1, per: '1s', names: { amount: 'refill' } })
  const made = [store.bind, ioredisStore, redisStore, redisHarness].every((one) => typeof one === 'function')
  return made && limit === 3 && forIoredis.maxRetriesPerRequest === 0 && forRedis.disableOfflineQueue
}
