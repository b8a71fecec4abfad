import { type Clock, memoryStore, type Store } from '@sluice/core'
import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type WatchedStoreOptions, watchedStore } from './watched-store.ts'

/** Where state may be kept: in memory, or on Redis through one of the two clients. */
export const storeKinds = ['memory', 'ioredis', 'redis'] as const

export type StoreKind = (typeof storeKinds)[number]

/** Which store to open; `url` is Redis's. */
export interface StoreSettings {
  readonly kind: StoreKind
  readonly url: string
  /** Ms that one round trip to Redis may take. Default 2000. */
  readonly deadline?: number
}

/** A store that is connected, where it has anything to connect to. */
export interface OpenStore {
  readonly kind: StoreKind
  /** Which server and client decide: `Redis 7.0.15 through ioredis`. */
  readonly server: string
  /** A store that reads this clock. All of them share the connection. */
  on(clock: Clock): Store
  close(): Promise<void>
}

const connectTimeoutMs = 3000

const deadlineMs = 2000

/** Opens the store that is configured: the one place that knows the clients. Throws when Redis cannot be reached. */
export async function openStore({ kind, url, deadline = deadlineMs }: StoreSettings): Promise<OpenStore> {
  // A replay must not depend on how many clients a log has.
  if (kind === 'memory')
    return {
      kind,
      server: 'memory',
      on: (clock) => memoryStore({ clock, maxKeys: Number.MAX_SAFE_INTEGER }),
      close: async () => {},
    }
  const watch: WatchedStoreOptions = { called: `Redis at ${new URL(url).host}`, deadline }
  return kind === 'ioredis' ? openIoredis(url, watch) : openRedis(url, watch)
}

async function openIoredis(url: string, watch: WatchedStoreOptions): Promise<OpenStore> {
  let connected = false
  let trouble: Error | undefined
  const client = new Redis(url, {
    ...forIoredis,
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: connectTimeoutMs,
    // Redis must be there at the start; later the client waits for it to come back.
    retryStrategy: (attempt) => (connected ? forIoredis.retryStrategy(attempt) : null),
  })
  client.on('error', (error: Error) => {
    trouble = error
  })

  try {
    await inTime(client.connect())
  } catch (error) {
    client.disconnect()
    throw unreachable(url, trouble ?? error)
  }
  connected = true
  return {
    kind: 'ioredis',
    server: await serverName(client.info('server'), 'ioredis'),
    on: (clock) => watchedStore(ioredisStore({ client, clock }), watch),
    close: async () => client.disconnect(),
  }
}

async function openRedis(url: string, watch: WatchedStoreOptions): Promise<OpenStore> {
  let connected = false
  const client = createClient({
    url,
    ...forRedis,
    socket: {
      ...forRedis.socket,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (attempt) => (connected ? forRedis.socket.reconnectStrategy(attempt) : false),
    },
  })
  // Without a listener an error would end the process; what it breaks is told to whoever asked.
  client.on('error', () => {})

  try {
    await inTime(client.connect())
  } catch (error) {
    if (client.isOpen) client.destroy()
    throw unreachable(url, error)
  }
  connected = true
  return {
    kind: 'redis',
    server: await serverName(client.info('server'), 'node-redis'),
    on: (clock) => watchedStore(redisStore({ client, clock }), watch),
    close: async () => {
      if (client.isOpen) client.destroy()
    },
  }
}

/** The clients' own timeouts end with the connection: a server that accepts it and stays silent needs one more. */
async function inTime<Value>(connecting: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), 2 * connectTimeoutMs)
  })
  try {
    return await Promise.race([connecting, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A server that may not be asked what it is goes by the name of its protocol. */
async function serverName(info: Promise<string>, client: string): Promise<string> {
  const text = await inTime(info).catch(() => '')
  const valkey = /^valkey_version:(\S+)/m.exec(text)?.[1]
  const redis = /^redis_version:(\S+)/m.exec(text)?.[1] ?? ''
  const name = valkey === undefined ? `Redis ${redis}` : `Valkey ${valkey}`
  return `${name.trim()} through ${client}`
}

/** Names the host and port alone: the URL may hold a password. */
function unreachable(url: string, cause: unknown): Error {
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return new Error(`Expected a Redis at ${new URL(url).host}, got: ${message || code || 'no connection'}`, { cause })
}
