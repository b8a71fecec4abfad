import { advice, type Finding, fine, wrong } from './finding.ts'
import type { RedisNodes } from './redis-nodes.ts'
import { countText, printable, shareText } from './spelled.ts'

/** What INFO says of a server, by the names that it has for it. */
export type ServerInfo = ReadonlyMap<string, string>

/** Reads the reply of INFO. */
export function serverInfo(reply: unknown): ServerInfo {
  const pairs = String(reply)
    .split('\r\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])
  return new Map(pairs)
}

/** What a server says of itself that matters to limits. */
export function serverFindings(info: ServerInfo): readonly Finding[] {
  return [versionOf(info), roleOf(info), ...evictionOf(info), ...persistenceOf(info)]
}

const oldest = [6, 2] as const

function versionOf(info: ServerInfo): Finding {
  const names = [
    ['dragonfly_version', 'Dragonfly'],
    ['valkey_version', 'Valkey'],
    ['redis_version', 'Redis'],
  ] as const
  const [key, name] = names.find(([one]) => info.has(one)) ?? [
    'redis_version',
    'a server that does not say its version',
  ]
  const version = printable(info.get(key) ?? '')
  const found = `${name} ${version}`.trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = name === 'Redis' && (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
  if (isOld) return wrong('version', found, 'Use Redis 6.2 or later: SET has no PXAT before, and each write fails.')
  return fine('version', found)
}

function roleOf(info: ServerInfo): Finding {
  const replicas = Number(info.get('connected_slaves') ?? 0)
  if (info.get('role') === 'slave') {
    const lost = info.get('master_link_status') === 'down' ? ', whose master is out of reach' : ''
    return wrong(
      'role',
      `a replica${lost}: it takes no writes`,
      'Give the address of the master, or use `sentinel` or `cluster`.',
    )
  }
  if (replicas === 0) return fine('role', 'a master without replicas')
  return fine(
    'role',
    `a master with ${replicas === 1 ? 'a replica' : `${countText(replicas)} replicas`}; a failover forgets what it had not passed on`,
  )
}

const nearlyFull = 0.9
const better =
  'Set maxmemory-policy volatile-lfu with lfu-decay-time 0, or give limits a Redis of their own with room for all keys.'

/** What becomes of counts when the memory is full, and how near that is. */
function evictionOf(info: ServerInfo): readonly Finding[] {
  const most = Number(info.get('maxmemory') ?? 0)
  const policy = printable(info.get('maxmemory_policy') ?? 'unknown')
  const used = Number(info.get('used_memory') ?? 0)
  if (most === 0) return [fine('memory', `${bytesText(used)} used, no maxmemory: it never evicts`)]
  const share = used / most
  const memory = `${bytesText(used)} of ${bytesText(most)} used, ${shareText(share)}`
  const evicts = policy !== 'noeviction'
  const room =
    share < nearlyFull
      ? fine('memory', memory)
      : advice('memory', memory, evicts ? 'Counts are being forgotten: give it more memory.' : 'Give it more memory.')
  if (!evicts && share >= 1) {
    return [
      wrong('memory', `${memory}: full, and with noeviction it refuses every charge`, `Raise maxmemory. ${better}`),
    ]
  }
  return [room, policyFinding(policy)]
}

function policyFinding(policy: string): Finding {
  const check = 'eviction'
  if (policy === 'noeviction') {
    return fine(check, 'noeviction: when full it forgets nobody, but refuses charges, and `failure` decides for all')
  }
  if (policy === 'volatile-lfu') return fine(check, 'volatile-lfu: when full it forgets first who came once')
  const whom =
    policy === 'volatile-ttl' ? 'the limits of seconds first, however often they are used' : 'anybody, busy or not'
  return advice(check, `${policy}: when full it forgets ${whom}, who then has a quota more`, better)
}

function persistenceOf(info: ServerInfo): readonly Finding[] {
  const check = 'persistence'
  if (info.get('aof_last_write_status') === 'err' || info.get('rdb_last_bgsave_status') === 'err') {
    return [advice(check, 'the last write to disk failed: it may refuse writes', 'Make room on its disk, or mend it.')]
  }
  if (info.get('aof_enabled') === '1') return [fine(check, 'appendonly: a restart forgets about the last second')]
  return [fine(check, 'no appendonly: a restart forgets counts, so everyone has a full quota again')]
}

function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const place = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${Number((bytes / 1024 ** place).toPrecision(3))} ${units[place]}`
}

/** A node of a Cluster behind a client for one server. */
export async function clusterFinding(info: ServerInfo, nodes: RedisNodes): Promise<Finding | undefined> {
  const check = 'cluster'
  if (nodes.kind === 'cluster') return fine(check, `a Cluster of ${(await nodes.masters()).length} masters`)
  if (info.get('cluster_enabled') !== '1') return undefined
  const reply = await nodes.command('CLUSTER', 'INFO').catch(() => '')
  const size = Number(serverInfo(reply).get('cluster_size') ?? 0)
  const remedy = 'Write `cluster: { nodes }` in place of `url`.'
  if (size > 1) {
    return wrong(check, `a Cluster of ${size} masters behind a client for one server, which reaches one`, remedy)
  }
  const found = 'a Cluster of one master behind a client for one server: it works until there is a second'
  return advice(check, found, remedy)
}
