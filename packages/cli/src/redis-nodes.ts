/** One server of a Redis, behind whatever client. */
export interface RedisNode {
  /** Sends one command and settles with its reply. */
  command(name: string, ...args: readonly string[]): Promise<unknown>
}

/** The servers that a client of `ioredis` or `redis` reaches. */
export interface RedisNodes extends RedisNode {
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** Those that take writes: one, or all masters of a Cluster. */
  masters(): Promise<readonly RedisNode[]>
}

interface Ioredis {
  readonly isCluster: boolean
  readonly options?: { readonly sentinels?: unknown }
  call(name: string, ...args: readonly string[]): Promise<unknown>
  nodes?(role: 'master'): readonly Ioredis[]
}

interface NodeRedis {
  sendCommand(args: readonly string[]): Promise<unknown>
}

interface NodeRedisCluster {
  readonly masters: readonly object[]
  nodeClient(node: object): NodeRedis | Promise<NodeRedis>
  sendCommand(key: string | undefined, isReadonly: boolean, args: readonly string[]): Promise<unknown>
}

interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: readonly string[]): Promise<unknown>
}

/** How to send commands over the client of a store. The key of a command is its first argument, where it has one. `undefined` for a client of others. */
export function redisNodes(client: unknown): RedisNodes | undefined {
  if (typeof client !== 'object' || client === null) return undefined
  if ('call' in client && 'isCluster' in client) return ofIoredis(client as Ioredis)
  if (!('sendCommand' in client)) return undefined
  if ('nodeClient' in client) return ofCluster(client as NodeRedisCluster)
  return 'getMasterNode' in client
    ? lone('sentinel', (args) => (client as NodeRedisSentinel).sendCommand(false, args))
    : lone('server', (args) => (client as NodeRedis).sendCommand(args))
}

function lone(kind: 'server' | 'sentinel', send: (args: readonly string[]) => Promise<unknown>): RedisNodes {
  const command: RedisNode['command'] = async (...args) => send(args)
  return { kind, command, masters: async () => [{ command }] }
}

function ofIoredis(client: Ioredis): RedisNodes {
  const nodeOf = (one: Ioredis): RedisNode => ({ command: async (name, ...args) => one.call(name, ...args) })
  const { command } = nodeOf(client)
  if (!client.isCluster) {
    const kind = client.options?.sentinels ? 'sentinel' : 'server'
    return { kind, command, masters: async () => [{ command }] }
  }
  return { kind: 'cluster', command, masters: async () => (client.nodes?.('master') ?? []).map(nodeOf) }
}

function ofCluster(client: NodeRedisCluster): RedisNodes {
  return {
    kind: 'cluster',
    command: async (name, ...args) => client.sendCommand(firstKey(name, args), false, [name, ...args]),
    masters: async () =>
      Promise.all(
        client.masters.map(async (master) => {
          const node = await client.nodeClient(master)
          return { command: async (...args: readonly string[]) => node.sendCommand(args) }
        }),
      ),
  }
}

/** A script stands before its keys, and so does their number. */
function firstKey(name: string, args: readonly string[]): string | undefined {
  if (name.startsWith('EVAL')) return args[2]
  return name === 'MEMORY' ? args[1] : args[0]
}
