import { prefix, refundDeadlineMs, spanMs } from './load.ts'
import type { Server } from './server.ts'
import type { Topology } from './topology.ts'

const receipts = /:refunds$/
const fixedWindow = /:fw\d+$/

/** Names of the stored keys that are kept for ever, or for longer than they may be; `aheadMs`: by how much their clock was ahead. */
export async function keptTooLong(topology: Topology, aheadMs: number): Promise<string[]> {
  const found: string[] = []
  for (const server of await masters(topology)) {
    for await (const keys of stored(server, `${prefix}:*`)) {
      const left = await Promise.all(keys.map((key) => server.command('PTTL', key)))
      for (const [i, key] of keys.entries()) {
        const [keptMs, mostMs] = [Number(left[i]), keptAtMost(key) + aheadMs]
        if (keptMs === -1) found.push(`${key} is kept for ever`)
        if (keptMs > mostMs) found.push(`${key} is kept for ${keptMs} ms, at most ${mostMs}`)
      }
    }
  }
  return found
}

/** A window is kept until it ends, all else for up to twice the time to full; receipts as long, or until their refunds are void. */
function keptAtMost(key: string): number {
  const mostMs = fixedWindow.test(key.replace(receipts, '')) ? spanMs : 2 * spanMs
  return receipts.test(key) ? Math.max(mostMs, refundDeadlineMs + 1) : mostMs
}

/** The servers that take writes. */
export async function masters({ servers }: Topology): Promise<Server[]> {
  const roles = await Promise.all(servers.map(({ command }) => command('ROLE').catch(() => [])))
  return servers.filter((_, i) => (roles[i] as string[])[0] === 'master')
}

/** The keys of a server that match, some at a time. */
export async function* stored(server: Server, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const [next, keys] = (await server.command('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)) as [string, string[]]
    yield keys
    cursor = String(next)
  } while (cursor !== '0')
}
