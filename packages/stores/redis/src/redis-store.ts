import { expectOptions, type Store, shown } from '@sluice/core'
import { type ScriptStoreOptions, scriptStore } from '@sluice/redis-script'

interface ScriptArguments {
  keys: string[]
  arguments: string[]
}

/** What this store asks of a client: `createClient`, `createCluster` and `createSentinel` of redis 5 and 6 return it. */
export interface RedisClient {
  evalSha(sha: string, options: ScriptArguments): Promise<unknown>
  eval(source: string, options: ScriptArguments): Promise<unknown>
  readonly isOpen: boolean
}

export interface RedisStoreOptions extends ScriptStoreOptions {
  /** Made, configured, connected and closed by you. */
  readonly client: RedisClient
}

/** A store over redis (node-redis), standalone, Cluster or Sentinel: one round trip a batch, on the server's clock. */
export function redisStore(options: RedisStoreOptions): Store {
  expectOptions('redisStore', options, ['client', 'prefix', 'clock', 'merge'])
  const { client, ...rest } = options
  expectClient(client)
  return scriptStore(
    {
      // Of the three kinds of client, only that of a Cluster knows which node holds a slot.
      cluster: 'slots' in client,
      evalsha: async (sha, keys, args) => {
        if (!client.isOpen) throw new Error('Expected the redis client to be connected: `await client.connect()` first')
        return client.evalSha(sha, { keys: [...keys], arguments: [...args] })
      },
      eval: (source, keys, args) => client.eval(source, { keys: [...keys], arguments: [...args] }),
    },
    rest,
  )
}

function expectClient(client: unknown): void {
  const wanted = 'Expected `client` to be made by createClient, createCluster or createSentinel of redis'
  if (typeof client !== 'object' || client === null) throw new TypeError(`${wanted}, got ${shown(client)}`)
  if ('evalSha' in client && 'isOpen' in client) return
  if ('evalsha' in client)
    throw new TypeError(`${wanted}, got a client of ioredis: use ioredisStore of @sluice/store-ioredis`)
  throw new TypeError(`${wanted}, got an object without \`evalSha\``)
}
