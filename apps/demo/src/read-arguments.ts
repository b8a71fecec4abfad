import { parseArgs } from 'node:util'
import type { Quota } from './comparison/algorithm.ts'
import { openAlgorithms } from './comparison/algorithms.ts'
import { type StoreKind, type StoreSettings, storeKinds } from './open-store.ts'
import { readQuota } from './read-quota.ts'
import { UsageError } from './usage-error.ts'

/** What the command line and the environment ask for. */
export type Settings =
  | { readonly task: 'help' }
  | { readonly task: 'serve'; readonly store: StoreSettings; readonly port: number }
  | { readonly task: 'log'; readonly store: StoreSettings; readonly file: string; readonly quota: Quota }

/** How the demo is called. */
export const usage = `Usage: demo [options]               serve the comparison as a web page
       demo --log FILE [options]    replay an access log and print a table

  --log FILE         an access log, common, combined or JSON lines of nginx or Caddy, gzipped or not;
                     - for standard input
  --limit N          requests for each client in each window (default 5)
  --window DURATION  for example 250ms, 20s, 1m, 1h (default 10s)
  --capacity N       the burst that the two buckets take (default: the limit)
  --port N           serve on this port, or on the next one that is free (default 4400)
  --store KIND       ${storeKinds.join(', ')} (default memory; environment: SLUICE_STORE)
  --redis-url URL    (default redis://127.0.0.1:6379; environment: REDIS_URL)
  --help             show this`

/** Reads the command line. Throws a `UsageError` that names the option that is wrong. */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  const values = parse(args)
  if (values.help) return { task: 'help' }

  const store = readStore(values.store ?? (env.SLUICE_STORE || 'memory'), values['redis-url'] ?? env.REDIS_URL)
  if (values.log === undefined) {
    for (const name of ['limit', 'window', 'capacity'] as const) {
      if (values[name] !== undefined)
        throw new UsageError(`Expected --${name} to come with --log; the page has its own`)
    }
    return { task: 'serve', store, port: readPort(values.port ?? '4400') }
  }
  if (values.port !== undefined) throw new UsageError('Expected --port to come without --log, which serves nothing')
  if (values.log === '') throw new UsageError('Expected --log to name a file, got ""')
  return { task: 'log', store, file: values.log, quota: readLogQuota(values) }
}

interface Values {
  readonly help?: boolean | undefined
  readonly log?: string | undefined
  readonly limit?: string | undefined
  readonly window?: string | undefined
  readonly capacity?: string | undefined
  readonly port?: string | undefined
  readonly store?: string | undefined
  readonly 'redis-url'?: string | undefined
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        log: text,
        limit: text,
        window: text,
        capacity: text,
        port: text,
        store: text,
        'redis-url': text,
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readLogQuota({ limit = '5', window = '10s', capacity = limit }: Values): Quota {
  try {
    const quota = readQuota({ limit, window, capacity })
    for (const algorithm of openAlgorithms({ opened: [] })) algorithm.policy(quota)
    return quota
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readStore(kind: string, url = 'redis://127.0.0.1:6379'): StoreSettings {
  if (!isStoreKind(kind)) {
    throw new UsageError(`Expected the store to be one of ${storeKinds.join(', ')}, got ${JSON.stringify(kind)}`)
  }
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`Expected the Redis URL to be like redis://127.0.0.1:6379, got ${JSON.stringify(url)}`)
  }
  return { kind, url }
}

function isStoreKind(kind: string): kind is StoreKind {
  return (storeKinds as readonly string[]).includes(kind)
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError(`Expected --port to be a number from 0 to 65535, got ${JSON.stringify(text)}`)
}
