import type { Store } from '@sluice/core'
import { expectOptions, shown, warnOnce } from '@sluice/core/internal'
import { type Connection, type ScriptStoreOptions, scriptStore, warnUnheard } from '@sluice/redis-script'
import { clientDanger } from './client-danger.ts'
import { clientError } from './client-error.ts'

/** What this store asks of a client: `Redis` and `Cluster` of ioredis 5 (from 5.11) and 6 have it. */
export interface IoredisClient {
  evalsha(sha: string, keyCount: number, ...rest: string[]): Promise<unknown>
  eval(source: string, keyCount: number, ...rest: string[]): Promise<unknown>
  readonly status: string
  readonly isCluster: boolean
  listenerCount?(event: 'error'): number
}

/** What a Cluster of ioredis knows: for each slot its nodes, the master first. */
interface Slots {
  readonly slots: readonly (readonly string[] | undefined)[]
}

export interface IoredisStoreOptions extends ScriptStoreOptions {
  /** Made, configured and closed by you. */
  readonly client: IoredisClient
}

/** A store over ioredis, standalone or Cluster: one round trip a batch, on the server's clock. */
export function ioredisStore(options: IoredisStoreOptions): Store {
  expectNoClient(options)
  expectOptions('ioredisStore', options, ['client', 'prefix', 'clock', 'merge', 'maxPending'])
  const { client, ...rest } = options
  expectClient(client)
  const danger = clientDanger(client)
  if (danger !== undefined) {
    warnOnce(
      client,
      'SLUICE_CLIENT_OPTIONS',
      `The ioredis client: ${danger}; see recommendedOptions of @sluice/store-ioredis`,
    )
  }
  return scriptStore(
    {
      evalsha: (sha, keys, args) => {
        warnUnheard(client, 'ioredis', 'errors of its connection are only printed')
        return client.status === 'end' ? Promise.reject(ended()) : client.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
      ...(isCluster(client) && { cluster: { serverOf: (slot) => client.slots[slot]?.[0] } }),
      errorAnswer: clientError,
    } satisfies Connection,
    rest,
  )
}

function ended(): Error {
  const message = 'Expected the ioredis client to be connected, its connection has ended'
  return Object.assign(new Error(message), { code: 'NOT_CONNECTED' })
}

function isCluster(client: IoredisClient): client is IoredisClient & Slots {
  return client.isCluster
}

function expectClient(client: unknown): void {
  const wanted = 'Expected `client` to be a Redis or Cluster of ioredis'
  if (typeof client !== 'object' || client === null) throw new TypeError(`${wanted}, got ${shown(client)}`)
  if ('isPipeline' in client)
    throw new TypeError(`${wanted}, got a pipeline or transaction of one: give the client that made it`)
  if ('evalsha' in client && 'isCluster' in client && 'status' in client) return
  if ('evalSha' in client)
    throw new TypeError(`${wanted}, got a client of redis: use redisStore of @sluice/store-redis`)
  if ('then' in client) throw new TypeError(`${wanted}, got a promise: await it first`)
  const missing = ['evalsha', 'isCluster', 'status'].find((name) => !(name in client))
  throw new TypeError(`${wanted}, got an object without \`${missing}\``)
}

/** A client in place of the options that hold it. */
function expectNoClient(options: unknown): void {
  if (typeof options !== 'object' || options === null || !('evalsha' in options || 'evalSha' in options)) return
  throw new TypeError(
    'Expected ioredisStore to be given an object of options, got a client: write ioredisStore({ client })',
  )
}
