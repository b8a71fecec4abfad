// Every entry point is imported by its name.

import { scriptStore } from '@sluice/redis-script'
import { redisHarness } from '@sluice/redis-script/conformance'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { laws, memoryHarness } from '@sluice/testkit'
import { debtPolicy } from '@sluice/token-bucket/debt'
import { subjects } from './algorithms.js'

const nothing: undefined = undefined

/** Whether each algorithm keeps a law, and the rest is there. */
export async function everyEntryWorks(): Promise<boolean> {
  const law = laws.find(({ number }) => number === 4)
  if (law === nothing) return false
  const effort = { numRuns: 5, seed: 1 }
  const harness = memoryHarness()
  for (const subject of subjects) await law.check({ subject, harness }, effort)

  const nobody = () => Promise.reject(new Error('not connected'))
  const store = scriptStore({ evalsha: nobody, eval: nobody, cluster: nothing }, { prefix: nothing, clock: nothing })
  const { limit } = debtPolicy({ capacity: 3, amount: 1, per: '1s', names: { amount: 'refill' } })
  const made = [store.bind, ioredisStore, redisStore, redisHarness].every((one) => typeof one === 'function')
  return made && limit === 3 && forIoredis.maxRetriesPerRequest === 0 && forRedis.disableOfflineQueue
}
