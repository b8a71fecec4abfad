import { redisHarness } from '@sluice/redis-script/conformance'
import type { Harness } from '@sluice/testkit'
import { createClient } from 'redis'
import { recommendedOptions } from './recommended-options.ts'
import { redisStore } from './redis-store.ts'

/** This store over the Redis at `url`, ready to be certified. */
export async function harness(url: string): Promise<Harness> {
  const client = createClient({ url, ...recommendedOptions })
  await client.connect()
  return redisHarness({
    name: 'redis',
    store: (options) => redisStore({ client, ...options }),
    command: (name, ...args) => client.sendCommand([name, ...args]),
    close: async () => {
      await client.close()
    },
  })
}
