import { redisHarness } from '@sluice/redis-script/conformance'
import type { Harness } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { ioredisStore } from './ioredis-store.ts'
import { recommendedClusterOptions, recommendedOptions } from './recommended-options.ts'

interface Patience {
  readonly connectTimeout: number
  readonly socketTimeout: number
}

const hourMs = 3_600_000
const patience: Patience = { connectTimeout: hourMs, socketTimeout: hourMs }

/** The recommended options for tests: nothing is given up for taking long, however long the process or the machine is held up. */
export const patientOptions: Omit<typeof recommendedOptions, keyof Patience> & Patience = {
  ...recommendedOptions,
  ...patience,
}

/** The same of a Cluster. */
export const patientClusterOptions: {
  readonly retryDelayOnFailover: number
  readonly slotsRefreshTimeout: number
  readonly redisOptions: Patience & { readonly maxRetriesPerRequest: number }
} = {
  retryDelayOnFailover: recommendedClusterOptions.retryDelayOnFailover,
  slotsRefreshTimeout: hourMs,
  redisOptions: { ...recommendedClusterOptions.redisOptions, ...patience },
}

/** This store over the Redis at `url`, ready to be certified. */
export async function harness(url: string): Promise<Harness> {
  const client = new Redis(url, patientOptions)
  return redisHarness({
    name: 'ioredis',
    store: (options) => ioredisStore({ client, ...options }),
    command: (name, ...args) => client.call(name, ...args),
    close: async () => {
      await client.quit()
    },
  })
}
