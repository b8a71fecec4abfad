import type { OpenedStore, StoreSurroundings } from '@sluice/core'
import {
  addressesOf,
  type ConnectingClient,
  credentialsOf,
  openScriptStore,
  type ServerOptions,
  tried,
} from '@sluice/redis-script'
import type { Cluster, Redis } from 'ioredis'
import { ioredisStore } from './ioredis-store.ts'
import { recommendedClusterOptions, recommendedOptions } from './recommended-options.ts'

type Client = Redis | Cluster

/** Opens the store of a configuration document: over one server, a Cluster, or the master that sentinels name. */
export function openIoredis(options: ServerOptions, surroundings: StoreSurroundings): Promise<OpenedStore> {
  return openScriptStore<Client>(options, surroundings, ioredisStore, async () => {
    const client = await makeClient(options)
    client.on('error', surroundings.onClientError)
    return connecting(client)
  })
}

async function makeClient(options: ServerOptions): Promise<Client> {
  const { Cluster, Redis } = await import('ioredis')
  const { url, cluster, sentinel, database, clientOptions } = options
  const db = database === undefined ? {} : { db: database }

  if (cluster !== undefined) {
    const redisOptions = { ...recommendedClusterOptions.redisOptions, ...accessOf(options, cluster.nodes) }
    return new Cluster(addressesOf(cluster.nodes, 6379), {
      ...recommendedClusterOptions,
      redisOptions,
      ...clientOptions,
    })
  }
  if (sentinel !== undefined) {
    const { username: sentinelUsername, password: sentinelPassword } = credentialsOf(sentinel, sentinel.nodes)
    return new Redis({
      ...recommendedOptions,
      sentinels: addressesOf(sentinel.nodes, 26_379),
      name: sentinel.name,
      ...(sentinelUsername !== undefined && { sentinelUsername }),
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      ...accessOf(options, ['127.0.0.1']),
      ...db,
      ...clientOptions,
    })
  }
  return new Redis(url as string, { ...recommendedOptions, ...explicitly(options), ...db, ...clientOptions })
}

interface Access {
  readonly username?: string
  readonly password?: string
  readonly tls?: object
}

function accessOf(options: ServerOptions, nodes: readonly string[]): Access {
  const { tls, ...user } = credentialsOf(options, nodes)
  return { ...user, ...(tls === true && { tls: {} }) }
}

/** What is given beside a URL; of the rest the URL speaks. */
function explicitly({ username, password, tls }: ServerOptions): Access {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls === true && { tls: {} }),
  }
}

function connecting(client: Client): ConnectingClient<Client> {
  return {
    client,
    tried: tried(client, ['ready', 'error', 'end']),
    close: async () => {
      client.disconnect()
    },
  }
}
