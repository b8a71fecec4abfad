import { randomUUID } from 'node:crypto'
import { storedKey } from '@sluice/redis-script'
import { UsageError } from './exit-code.ts'
import type { OpenedDocument } from './open-store.ts'

/** As long as `user:123456`, and nobody's. */
const keyLength = 11

/**
 * How many bytes each policy of each limiter (or one) takes on Redis for a key of usual length with its first request: it is
 * consumed, measured and reset there. Throws a `UsageError` where the store is not on Redis.
 */
export async function measureOnRedis(
  opened: OpenedDocument,
  only: string | undefined,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const { checked, limiters, nodes, prefix, file } = opened
  if (nodes === undefined) {
    throw new UsageError(`Expected the store of ${JSON.stringify(file)} to be on Redis, got ${checked.store.driver}`)
  }
  const key = randomUUID().slice(-keyLength)
  const measured: Record<string, Readonly<Record<string, number>>> = {}
  for (const [name, { policies, options }] of Object.entries(checked.limiters)) {
    if (name !== (only ?? name)) continue
    const bytes: [string, number][] = []
    await limiters[name]?.consume(key)
    for (const [policy, { format }] of Object.entries(policies)) {
      const stored = storedKey(prefix, key, name, policy, format, options.slot)
      bytes.push([policy, Number(await nodes.command('MEMORY', 'USAGE', stored))])
    }
    await limiters[name]?.reset(key)
    measured[name] = Object.fromEntries(bytes)
  }
  return measured
}
