import { redisHarness } from '@sluice/redis-script/conformance'
import type { Harness } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { ioredisStore } from './ioredis-store.ts'
import { recommendedOptions } from './recommended-options.ts'

/** This store over the Redis at `url`, ready to be certified. */
export async function harness(url: string): Promise<Harness> {
  const client = new Redis(url, recommendedOptions)
  return redisHarness({
    name: 'ioredis',
    store: (options) => ioredisStore({ client, ...options }),
    command: (name, ...args) => client.call(name, ...args),
    close: async () => {
      await client.quit()
    },
  })
}
