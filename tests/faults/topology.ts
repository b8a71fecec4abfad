import { EventEmitter } from 'node:events'
import type { Store } from '@sluice/core'
import type { ScriptStoreOptions } from '@sluice/redis-script'
import { recommendedOptions as forIoredis, ioredisStore, recommendedClusterOptions } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, type RedisClient, redisStore } from '@sluice/store-redis'
import calculateSlot from 'cluster-key-slot'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { type Server, type ServerOptions, startServer } from './server.ts'
import { until } from './wait.ts'

export const clientKinds = ['ioredis', 'node-redis'] as const
export type ClientKind = (typeof clientKinds)[number]

export const topologyKinds = ['standalone', 'sentinel', 'cluster'] as const
export type TopologyKind = (typeof topologyKinds)[number]

/** A client that is connected, as its store's recommended options have it. */
export interface Connected {
  store(options?: ScriptStoreOptions): Store
  /** How many listen to the client, and to the one of its connections that has most. */
  listeners(): number
  close(): Promise<void>
}

export interface ConnectOptions {
  /** For the port of each server, the port to come to it. Default: its own. */
  readonly through?: ReadonlyMap<number, number>
  /** When it is wrong, the client is never connected, and nobody waits for it. */
  readonly password?: string
}

/** Servers that stand in one of the ways that clients know. */
export interface Topology {
  readonly kind: TopologyKind
  /** All but the sentinels. */
  readonly servers: readonly Server[]
  /** The server that holds a stored key now. */
  holder(key: string): Promise<Server>
  connect(client: ClientKind, options?: ConnectOptions): Promise<Connected>
  stop(): Promise<void>
}

/** One server; with Cluster mode in its settings, a Cluster of one shard over plain clients. */
export async function standalone(options?: ServerOptions): Promise<Topology> {
  const server = await startServer(options)
  if (options?.settings?.includes('--cluster-enabled')) {
    await server.command('CLUSTER', 'ADDSLOTSRANGE', 0, slots - 1)
    const isServing = async (): Promise<boolean> => String(await server.command('CLUSTER', 'INFO')).includes(':ok')
    await until('the node to serve its slots', isServing)
  }
  return {
    kind: 'standalone',
    servers: [server],
    holder: async () => server,
    connect: async (client, { through, password } = {}) => {
      const { host, port } = addressOf(server, through)
      const secret = password === undefined ? {} : { password }
      if (client === 'ioredis') return overIoredis(new Redis({ ...forIoredis, host, port, ...secret }))
      const redis = createClient({ url: `redis://${host}:${port}`, ...forRedis, ...secret })
      redis.on('error', () => {})
      const connecting = redis.connect()
      if (password === undefined) await connecting
      else connecting.catch(() => {})
      return overRedis(redis)
    },
    stop: () => server.stop(),
  }
}

/** A master, a replica, and three sentinels that put it in the master's place half a second after it is gone. */
export async function sentinel(): Promise<Topology> {
  const master = await startServer({ settings: ['--repl-diskless-sync-delay', '0'] })
  const following = ['--replicaof', '127.0.0.1', `${master.port}`, '--repl-diskless-sync-delay', '0']
  const replica = await startServer({ settings: following })
  const config = [
    `sentinel monitor main 127.0.0.1 ${master.port} 2`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 3000',
    '',
  ].join('\n')
  const sentinels = await Promise.all([1, 2, 3].map(() => startServer({ config, settings: ['--sentinel'] })))
  await until('the sentinels to know each other', async () => {
    const known = await Promise.all(sentinels.map(({ command }) => command('INFO', 'sentinel')))
    return known.every((text) => String(text).includes('slaves=1,sentinels=3'))
  })

  const servers = [master, replica]
  const addresses = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  return {
    kind: 'sentinel',
    servers,
    async holder() {
      const [watching] = sentinels as [Server]
      const [, port] = (await watching.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')) as [string, string]
      return servers.find((server) => server.port === Number(port)) as Server
    },
    async connect(client, { through } = {}) {
      const found = whereToCome(servers, through)
      if (client === 'ioredis') {
        return overIoredis(new Redis({ ...forIoredis, sentinels: addresses, name: 'main', natMap: found }))
      }
      const redis = createSentinel({
        name: 'main',
        sentinelRootNodes: addresses,
        nodeClientOptions: forRedis,
        nodeAddressMap: found,
      })
      redis.on('error', () => {})
      await redis.connect()
      return overRedis(redis)
    },
    async stop() {
      await Promise.all([...sentinels, ...servers].map((server) => server.stop()))
    },
  }
}

const slots = 16_384

/** Three masters, each with a replica. */
export async function cluster(): Promise<Topology> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0']
  const servers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => startServer({ settings })))
  const [first] = servers as [Server]
  const ids = (await Promise.all(servers.map(({ command }) => command('CLUSTER', 'MYID')))) as string[]
  for (const [i, { command, port }] of servers.entries()) {
    await command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
    if (i < 3) {
      const [from, to] = [Math.ceil((slots * i) / 3), Math.ceil((slots * (i + 1)) / 3) - 1]
      await command('CLUSTER', 'ADDSLOTSRANGE', from, to)
    }
    if (i > 0) await first.command('CLUSTER', 'MEET', '127.0.0.1', port)
  }
  for (const [i, { command }] of servers.slice(3).entries()) {
    await until('the nodes to meet', async () => String(await command('CLUSTER', 'NODES')).includes(ids[i] as string))
    await command('CLUSTER', 'REPLICATE', ids[i] as string)
  }
  await until('the Cluster to settle', async () => {
    for (const { command } of servers) {
      const nodes = String(await command('CLUSTER', 'NODES'))
        .trim()
        .split('\n')
      const replication = String(await command('INFO', 'replication'))
      const linked = replication.includes('role:master') || replication.includes('master_link_status:up')
      if (!linked || nodes.length !== 6 || nodes.filter((node) => node.includes('slave')).length !== 3) return false
      if (!String(await command('CLUSTER', 'INFO')).includes('cluster_state:ok')) return false
    }
    return true
  })

  return {
    kind: 'cluster',
    servers,
    async holder(key) {
      const slot = calculateSlot(key)
      for (const { command } of servers) {
        const ranges = (await command('CLUSTER', 'SLOTS').catch(() => [])) as [number, number, [string, number]][]
        const range = ranges.find(([from, to]) => from <= slot && slot <= to)
        const held = servers.find(({ port }) => port === range?.[2][1])
        if (held !== undefined) return held
      }
      throw new Error('Expected a node to know who holds the slot')
    },
    async connect(client, { through } = {}) {
      const found = whereToCome(servers, through)
      const nodes = Object.values(found)
      if (client === 'ioredis') {
        return overIoredis(new Cluster(nodes, { ...recommendedClusterOptions, natMap: found }))
      }
      const redis = createCluster({
        rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
        defaults: forRedis,
        nodeAddressMap: found,
      })
      redis.on('error', () => {})
      await redis.connect()
      return overRedis(redis, () => redis.masters.map(({ client }) => client))
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

interface Address {
  readonly host: string
  readonly port: number
}

function addressOf({ port }: Server, through: ConnectOptions['through']): Address {
  return { host: '127.0.0.1', port: through?.get(port) ?? port }
}

/** For the address that each server tells of itself, the one to come to it. */
function whereToCome(servers: readonly Server[], through: ConnectOptions['through']): Record<string, Address> {
  return Object.fromEntries(servers.map((server) => [`127.0.0.1:${server.port}`, addressOf(server, through)]))
}

function overIoredis(client: Redis | Cluster): Connected {
  client.on('error', () => {})
  return {
    store: (options) => ioredisStore({ client, ...options }),
    listeners: () => countListeners(client, client instanceof Cluster ? client.nodes() : [client.stream]),
    close: async () => client.disconnect(),
  }
}

function overRedis(
  client: RedisClient & EventEmitter & { destroy(): unknown },
  parts = (): unknown[] => [],
): Connected {
  return {
    store: (options) => redisStore({ client, ...options }),
    listeners: () => countListeners(client, parts()),
    close: async () => {
      client.destroy()
    },
  }
}

/** Of a client; of its parts, which come and go, only the one that is listened to most. */
function countListeners(client: EventEmitter, parts: readonly unknown[]): number {
  const each = parts.filter((part) => part instanceof EventEmitter).map(listenersOf)
  return listenersOf(client) + Math.max(0, ...each)
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
