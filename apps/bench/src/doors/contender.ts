import { createLimiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { frameworks, quota, type ServeTask } from './task.ts'

/** A server that is to be made. */
export interface Contender {
  readonly limiter: ServeTask['limiter']
  /** Absent: it counts in memory. */
  readonly client: Redis | undefined
}

/** What a task says, with a client that is the same for all limiters. */
export async function contenderOf({ limiter, redisUrl }: ServeTask): Promise<Contender> {
  if (redisUrl === undefined) return { limiter, client: undefined }
  // Its process is stopped between its turns, for longer than a connection may otherwise be silent.
  const client = new Redis(redisUrl, { ...recommendedOptions, socketTimeout: 3_600_000, lazyConnect: true })
  client.on('error', console.error)
  await client.connect()
  return { limiter, client }
}

/** Our options, with the fields of the peer. */
export function doorOptions({ client }: Contender, framework: ServeTask['framework']) {
  const policy = fixedWindow({ limit: quota.limit, window: `${quota.windowMs}ms` })
  const store = client === undefined ? memoryStore() : ioredisStore({ client })
  return { limiter: createLimiter({ name: 'bench', policy, store }), fields: [frameworks[framework].fields] }
}
