import { parseArgs } from 'node:util'
import { createLimiter, type Policy, type Store } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import { redisStore } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { contests } from './contests.ts'

// One process of several that hammer one key. Prints, for each call, the server's date and whether it was allowed.
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    client: { type: 'string' },
    contest: { type: 'string' },
    prefix: { type: 'string' },
  },
})
const { url = '', client = '', contest = '', prefix = '' } = values
const callers = 16
const callsEach = 25

const connect = async (): Promise<{ store: Store; close(): Promise<unknown> }> => {
  if (client === 'ioredis') {
    const ioredis = new Redis(url)
    return { store: ioredisStore({ client: ioredis, prefix }), close: () => ioredis.quit() }
  }
  const redis = createClient({ url })
  await redis.connect()
  return { store: redisStore({ client: redis, prefix }), close: () => redis.close() }
}

/** Calls one after the other; the store is wrapped to learn the date at which the server decided. */
async function call(store: Store, policy: Policy): Promise<[number, boolean][]> {
  let decidedAt = 0
  const dating: Store = {
    bind(limiter) {
      const gate = store.bind(limiter)
      return {
        apply: async (asks) => {
          const answers = await gate.apply(asks)
          for (const answer of answers) if (!(answer instanceof Error)) decidedAt = answer.now
          return answers
        },
      }
    },
  }
  const limiter = createLimiter({ name: contest, policy, store: dating })
  const calls: [number, boolean][] = []
  for (let i = 0; i < callsEach; i += 1) {
    const { allowed } = await limiter.consume('hot')
    calls.push([decidedAt, allowed])
  }
  return calls
}

const { store, close } = await connect()
const policy = contests[contest]?.policy as Policy
const calls = await Promise.all(Array.from({ length: callers }, () => call(store, policy)))
console.log(JSON.stringify(calls.flat()))
await close()
