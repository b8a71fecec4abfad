import { redisHarness } from '@sluice/redis-script/conformance'
import type { Harness } from '@sluice/testkit'
import { createClient } from 'redis'
import { recommendedOptions } from './recommended-options.ts'
import { redisStore } from './redis-store.ts'

const hourMs = 3_600_000

/** The recommended options for tests: nothing is given up for taking long, however long the process or the machine is held up. */
export const patientOptions: PatientOptions = {
  disableOfflineQueue: true,
  commandOptions: { timeout: hourMs },
  socket: { ...recommendedOptions.socket, connectTimeout: hourMs, socketTimeout: hourMs },
}

interface PatientOptions {
  readonly disableOfflineQueue: true
  readonly commandOptions: { readonly timeout: number }
  readonly socket: {
    readonly connectTimeout: number
    readonly socketTimeout: number
    readonly reconnectStrategy: (attempt: number) => number
  }
}

/** This store over the Redis at `url`, ready to be certified. */
export async function harness(url: string): Promise<Harness> {
  const client = createClient({ url, ...patientOptions })
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
