import type { Store } from '@sluice/core'
import { expectOptions, shown, warnOnce } from '@sluice/core/internal'
import { type Connection, type ScriptStoreOptions, scriptStore, warnUnheard } from '@sluice/redis-script'
import { clientDanger } from './client-danger.ts'
import { clientError } from './client-error.ts'
import type { CommandOptions, RedisClient } from './redis-client.ts'
import { isSentinel, sendingOnce } from './sentinel.ts'

/**
 * The client's timeout would be an AbortSignal for each command, half of what a decision costs it, and is over once a
 * command is sent; decisions have their deadline. And a reply is text, whatever the client makes of others.
 */
const commandOptions: CommandOptions = { timeout: 0, typeMapping: {} }

/** What the client of a Cluster knows of each slot. */
interface Slots {
  readonly slots: readonly ({ readonly master: { readonly address: string } } | undefined)[]
}

export interface RedisStoreOptions extends ScriptStoreOptions {
  /** Made, configured, connected and closed by you. */
  readonly client: RedisClient
}

/** A store over redis (node-redis), standalone, Cluster or Sentinel: one round trip a batch, on the server's clock. */
export function redisStore(options: RedisStoreOptions): Store {
  expectNoClient(options)
  expectOptions('redisStore', options, ['client', 'prefix', 'clock', 'merge', 'maxPending'])
  const { client, ...rest } = options
  expectClient(client)
  const danger = clientDanger(client)
  if (danger !== undefined) {
    warnOnce(
      client,
      'SLUICE_CLIENT_OPTIONS',
      `The redis client: ${danger}; see recommendedOptions of @sluice/store-redis`,
    )
  }
  const scripts = isSentinel(client) ? sendingOnce(client, commandOptions) : client.withCommandOptions(commandOptions)
  return scriptStore(
    {
      evalsha: (sha, keys, args) => {
        warnUnheard(client, 'redis', 'a lost connection ends the process')
        return client.isOpen
          ? scripts.evalSha(sha, { keys: [...keys], arguments: [...args] })
          : Promise.reject(notConnected())
      },
      eval: (source, keys, args) => scripts.eval(source, { keys: [...keys], arguments: [...args] }),
      ...(isCluster(client) && { cluster: { serverOf: (slot) => client.slots[slot]?.master.address } }),
      errorAnswer: clientError,
    } satisfies Connection,
    rest,
  )
}

function notConnected(): Error {
  const message = 'Expected the redis client to be connected: `await client.connect()` first'
  return Object.assign(new Error(message), { code: 'NOT_CONNECTED' })
}

/** Of the three kinds of client, only that of a Cluster knows which node holds a slot. */
function isCluster(client: RedisClient): client is RedisClient & Slots {
  return 'slots' in client
}

function expectClient(client: unknown): void {
  const wanted = 'Expected `client` to be made by createClient, createCluster or createSentinel of redis'
  if (typeof client !== 'object' || client === null) throw new TypeError(`${wanted}, got ${shown(client)}`)
  if ('evalsha' in client)
    throw new TypeError(`${wanted}, got a client of ioredis: use ioredisStore of @sluice/store-ioredis`)
  if ('execAsPipeline' in client)
    throw new TypeError(`${wanted}, got a transaction of one: give the client that made it`)
  if ('then' in client) throw new TypeError(`${wanted}, got a promise: await it first`)
  const missing = ['evalSha', 'isOpen', 'withCommandOptions'].find((name) => !(name in client))
  if (missing !== undefined) throw new TypeError(`${wanted}, got an object without \`${missing}\``)
}

/** A client in place of the options that hold it. */
function expectNoClient(options: unknown): void {
  if (typeof options !== 'object' || options === null || !('evalsha' in options || 'evalSha' in options)) return
  throw new TypeError(
    'Expected redisStore to be given an object of options, got a client: write redisStore({ client })',
  )
}
