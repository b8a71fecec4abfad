import { expectOptions, type Store, shown } from '@sluice/core'
import { type ScriptStoreOptions, scriptStore } from '@sluice/redis-script'

/** What this store asks of a client: `Redis` and `Cluster` of ioredis 5 and 6 have it. */
export interface IoredisClient {
  evalsha(sha: string, keyCount: number, ...rest: string[]): Promise<unknown>
  eval(source: string, keyCount: number, ...rest: string[]): Promise<unknown>
  readonly status: string
  readonly isCluster: boolean
}

export interface IoredisStoreOptions extends ScriptStoreOptions {
  /** Made, configured and closed by you. */
  readonly client: IoredisClient
}

/** A store over ioredis, standalone or Cluster: one round trip a batch, on the server's clock. */
export function ioredisStore(options: IoredisStoreOptions): Store {
  expectOptions('ioredisStore', options, ['client', 'prefix', 'clock', 'merge'])
  const { client, ...rest } = options
  expectClient(client)
  const ready = async (): Promise<void> => {
    if (client.status === 'end') {
      throw new Error('Expected the ioredis client to be connected, its connection has ended')
    }
  }
  return scriptStore(
    {
      cluster: client.isCluster,
      evalsha: async (sha, keys, args) => {
        await ready()
        return client.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
    },
    rest,
  )
}

function expectClient(client: unknown): void {
  const wanted = 'Expected `client` to be a Redis or Cluster of ioredis'
  if (typeof client !== 'object' || client === null) throw new TypeError(`${wanted}, got ${shown(client)}`)
  if ('evalsha' in client && 'isCluster' in client) return
  if ('evalSha' in client)
    throw new TypeError(`${wanted}, got a client of redis: use redisStore of @sluice/store-redis`)
  throw new TypeError(`${wanted}, got an object without \`evalsha\``)
}
