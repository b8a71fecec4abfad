import type { Store } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import { patientOptions as forIoredis } from '@sluice/store-ioredis/conformance'
import { redisStore } from '@sluice/store-redis'
import { patientOptions as forRedis } from '@sluice/store-redis/conformance'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** A store over the client that is named, and the way to close it. */
export async function connect(
  name: string,
  url: string,
  options: { readonly prefix: string; readonly merge: boolean },
): Promise<{ store: Store; close(): Promise<unknown> }> {
  if (name === 'ioredis') {
    const client = new Redis(url, forIoredis)
    return { store: ioredisStore({ client, ...options }), close: () => client.quit() }
  }
  const client = createClient({ url, ...forRedis })
  await client.connect()
  return { store: redisStore({ client, ...options }), close: () => client.close() }
}
