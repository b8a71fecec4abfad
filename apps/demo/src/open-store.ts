import { type Clock, memoryStore, type Store } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import { redisStore } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** Where state may be kept: in memory, or on Redis through one of the two clients. */
export const storeKinds = ['memory', 'ioredis', 'redis'] as const

export type StoreKind = (typeof storeKinds)[number]

/** Which store to open; `url` is Redis's. */
export interface StoreSettings {
  readonly kind: StoreKind
  readonly url: string
}

/** A store that is connected, where it has anything to connect to. */
export interface OpenStore {
  readonly kind: StoreKind
  /** A store that reads this clock. All of them share the connection. */
  on(clock: Clock): Store
  close(): Promise<void>
}

const connectTimeoutMs = 3000

/** Opens the store that is configured: the one place that knows the clients. Throws when Redis cannot be reached. */
export async function openStore({ kind, url }: StoreSettings): Promise<OpenStore> {
  if (kind === 'ioredis') return openIoredis(url)
  if (kind === 'redis') return openRedis(url)
  // A replay must not depend on how many clients a log has.
  return { kind, on: (clock) => memoryStore({ clock, maxKeys: Number.MAX_SAFE_INTEGER }), close: async () => {} }
}

async function openIoredis(url: string): Promise<OpenStore> {
  let connected = false
  let trouble: Error | undefined
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    // Redis must be there at the start; later the client may wait for it to come back.
    retryStrategy: () => (connected ? 500 : null),
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
    on: (clock) => ioredisStore({ client, clock }),
    close: async () => client.disconnect(),
  }
}

async function openRedis(url: string): Promise<OpenStore> {
  let connected = false
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: () => (connected ? 500 : false) },
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
    on: (clock) => redisStore({ client, clock }),
    close: async () => {
      if (client.isOpen) client.destroy()
    },
  }
}

/** The clients' own timeouts end with the connection: a server that accepts it and stays silent needs one more. */
async function inTime(connecting: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), 2 * connectTimeoutMs)
  })
  try {
    await Promise.race([connecting, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Names the host and port alone: the URL may hold a password. */
function unreachable(url: string, cause: unknown): Error {
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return new Error(`Expected a Redis at ${new URL(url).host}, got: ${message || code || 'no connection'}`, { cause })
}
