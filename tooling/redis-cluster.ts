import { Redis as Client } from 'ioredis'
import { type Redis, startRedis } from './redis.ts'

/** A Redis Cluster of three masters, each with a replica, on loopback. */
export interface RedisCluster {
  /** The masters first. */
  readonly urls: readonly string[]
  stop(): Promise<void>
}

const slots = 16_384
const masters = 3

/** Starts six servers and makes a Cluster of them; it is ready when all agree that it is. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0']
  const servers = await Promise.all(Array.from({ length: 2 * masters }, () => startRedis(...settings)))
  const clients = servers.map(({ url }) => new Client(url))
  try {
    await join(servers, clients)
    await Promise.all(clients.map(settled))
  } finally {
    for (const client of clients) client.disconnect()
  }
  return {
    urls: servers.map(({ url }) => url),
    stop: async () => {
      await Promise.all(servers.map(({ stop }) => stop()))
    },
  }
}

async function join(servers: readonly Redis[], clients: readonly Client[]): Promise<void> {
  const first = new URL((servers[0] as Redis).url)
  const ids = (await Promise.all(clients.map((client) => client.call('CLUSTER', 'MYID')))) as string[]
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
    if (i >= masters) continue
    const from = Math.ceil((slots * i) / masters)
    const to = Math.ceil((slots * (i + 1)) / masters) - 1
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
  }
  for (const client of clients.slice(1)) await client.call('CLUSTER', 'MEET', first.hostname, first.port)
  for (const [i, client] of clients.slice(masters).entries()) {
    await until(async () => String(await client.call('CLUSTER', 'NODES')).includes(ids[i] as string))
    await client.call('CLUSTER', 'REPLICATE', ids[i] as string)
  }
}

/** A node is settled when it knows all others, all slots are served, and its link of replication stands. */
async function settled(client: Client): Promise<void> {
  await until(async () => {
    const state = String(await client.call('CLUSTER', 'INFO'))
    const replication = String(await client.call('INFO', 'replication'))
    const nodes = String(await client.call('CLUSTER', 'NODES'))
      .trim()
      .split('\n')
    const linked = replication.includes('role:master') || replication.includes('master_link_status:up')
    const replicas = nodes.filter((node) => node.includes('slave')).length
    return state.includes('cluster_state:ok') && linked && nodes.length === 2 * masters && replicas === masters
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const tries = 3000
  for (let i = 0; i < tries; i += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('Expected the Cluster to settle within 30 s')
}
