import type { Store } from '@sluice/core'
import type { ScriptStoreOptions } from '@sluice/redis-script'
import { recommendedOptions as forIoredis, ioredisStore, recommendedClusterOptions } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
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
  close(): Promise<void>
}

/** Servers that stand in one of the ways that clients know. */
export interface Topology {
  readonly kind: TopologyKind
  /** All but the sentinels. */
  readonly servers: readonly Server[]
  /** The server that holds a stored key now. */
  holder(key: string): Promise<Server>
  connect(client: ClientKind, port?: number): Promise<Connected>
  stop(): Promise<void>
}

/** One server. */
export async function standalone(options?: ServerOptions): Promise<Topology> {
  const server = await startServer(options)
  return {
    kind: 'standalone',
    servers: [server],
    holder: async () => server,
    connect: async (client, port = server.port) => {
      if (client === 'ioredis') return overIoredis(new Redis({ ...forIoredis, host: '127.0.0.1', port }))
      const redis = createClient({ url: `redis://127.0.0.1:${port}`, ...forRedis })
      redis.on('error', () => {})
      await redis.connect()
      return {
        store: (options) => redisStore({ client: redis, ...options }),
        close: async () => redis.destroy(),
      }
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
    async connect(client) {
      if (client === 'ioredis') return overIoredis(new Redis({ ...forIoredis, sentinels: addresses, name: 'main' }))
      const redis = createSentinel({ name: 'main', sentinelRootNodes: addresses, nodeClientOptions: forRedis })
      redis.on('error', () => {})
      await redis.connect()
      return {
        store: (options) => redisStore({ client: redis, ...options }),
        close: async () => redis.destroy(),
      }
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

  const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }))
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
    async connect(client) {
      if (client === 'ioredis') return overIoredis(new Cluster(nodes, recommendedClusterOptions))
      const redis = createCluster({ rootNodes: servers.map(({ url }) => ({ url })), defaults: forRedis })
      redis.on('error', () => {})
      await redis.connect()
      return {
        store: (options) => redisStore({ client: redis, ...options }),
        close: async () => redis.destroy(),
      }
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

function overIoredis(client: Redis | Cluster): Connected {
  client.on('error', () => {})
  return {
    store: (options) => ioredisStore({ client, ...options }),
    close: async () => client.disconnect(),
  }
}
