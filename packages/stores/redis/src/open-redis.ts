import type { OpenedStore, StoreSurroundings } from '@sluice/core'
import {
  addressesOf,
  type ConnectingClient,
  type Credentials,
  credentialsOf,
  openScriptStore,
  type ServerOptions,
  tried,
} from '@sluice/redis-script'
import { recommendedOptions } from './recommended-options.ts'
import type { RedisClient } from './redis-client.ts'
import { redisStore } from './redis-store.ts'

/** What the three kinds of client have in common. */
interface Client extends RedisClient {
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: string, listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
}

/** Opens the store of a configuration document: over one server, a Cluster, or the master that sentinels name. */
export function openRedis(options: ServerOptions, surroundings: StoreSurroundings): Promise<OpenedStore> {
  return openScriptStore<Client>(options, surroundings, redisStore, async () =>
    connecting(await makeClient(options), surroundings.onClientError),
  )
}

async function makeClient(options: ServerOptions): Promise<Client> {
  const { createClient, createCluster, createSentinel } = await import('redis')
  const { url, cluster, sentinel } = options

  if (cluster !== undefined) {
    const rootNodes = addressesOf(cluster.nodes, 6379).map((socket) => ({ socket }))
    const defaults = clientOptionsOf(options, credentialsOf(options, cluster.nodes))
    return createCluster({ rootNodes, defaults }) as unknown as Client
  }
  if (sentinel !== undefined) {
    return createSentinel({
      name: sentinel.name,
      sentinelRootNodes: addressesOf(sentinel.nodes, 26_379),
      nodeClientOptions: clientOptionsOf(options, credentialsOf(options, ['127.0.0.1'])),
      sentinelClientOptions: userOf(credentialsOf(sentinel, sentinel.nodes)),
      passthroughClientErrorEvents: true,
    }) as unknown as Client
  }
  const [address] = addressesOf([url as string], 6379)
  const database = Number(new URL(url as string).pathname.slice(1))
  const own = clientOptionsOf(
    { ...(database > 0 && { database }), ...options },
    credentialsOf(options, [url as string]),
  )
  return createClient({ ...own, socket: { ...own.socket, ...address } }) as unknown as Client
}

/** The recommended options, and what the document says. The client writes into what it is given, so all of it is new. */
function clientOptionsOf({ database, clientOptions = {} }: ServerOptions, credentials: Credentials) {
  const socket = (clientOptions.socket ?? {}) as object
  return {
    ...recommendedOptions,
    ...userOf(credentials),
    ...(database !== undefined && { database }),
    ...clientOptions,
    socket: { ...recommendedOptions.socket, ...(credentials.tls === true && { tls: true as const }), ...socket },
  }
}

function userOf({ username, password }: Credentials): Credentials {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

const pauseMs = 1000

/** Connects, and goes on trying: the clients of a Cluster and of Sentinels give up when nobody is there at first. */
function connecting(client: Client, onClientError: (error: Error) => void): ConnectingClient<Client> {
  let closed = false
  let pause: ReturnType<typeof setTimeout> | undefined
  const connect = (): Promise<void> =>
    client.connect().then(
      () => {},
      (error: Error) => {
        if (closed) return
        onClientError(error)
        pause = setTimeout(connect, pauseMs)
        pause.unref()
      },
    )
  client.on('error', onClientError)
  return {
    client,
    tried: tried(client, ['error'], connect()),
    close: async () => {
      closed = true
      clearTimeout(pause)
      // While it was never connected, there is nothing to destroy.
      await (async () => client.destroy())().catch(() => {})
    },
  }
}
