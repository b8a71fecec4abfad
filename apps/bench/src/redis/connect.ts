import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** The clients that the stores are for. */
export const clientKinds = ['ioredis', 'redis'] as const

export type ClientKind = (typeof clientKinds)[number]

interface Plain {
  /** One command as it is. */
  send(command: readonly string[]): Promise<unknown>
  evalsha(sha: string, key: string, args: readonly string[]): Promise<unknown>
  incr(key: string): Promise<number>
  close(): void
}

/** A client that is connected, with what every client can do under one name. */
export type Connected =
  | (Plain & { readonly kind: 'ioredis'; readonly client: Redis })
  | (Plain & { readonly kind: 'redis'; readonly client: ReturnType<typeof nodeRedis> })

/** Connects a client with its default options. */
export async function connect(kind: ClientKind, url: string): Promise<Connected> {
  return kind === 'ioredis' ? connectIoredis(url) : connectRedis(url)
}

function connectIoredis(url: string): Connected {
  const client = new Redis(url)
  return {
    kind: 'ioredis',
    client,
    send: ([name = '', ...rest]) => client.call(name, rest),
    evalsha: (sha, key, args) => client.evalsha(sha, 1, key, ...args),
    incr: (key) => client.incr(key),
    close: () => client.disconnect(),
  }
}

async function connectRedis(url: string): Promise<Connected> {
  const client = nodeRedis(url)
  await client.connect()
  return {
    kind: 'redis',
    client,
    send: (command) => client.sendCommand([...command]),
    evalsha: (sha, key, args) => client.evalSha(sha, { keys: [key], arguments: [...args] }),
    incr: (key) => client.incr(key),
    close: () => client.destroy(),
  }
}

function nodeRedis(url: string) {
  return createClient({ url })
}

/** Makes the server know a script, and says its hash. */
export async function loadScript({ send }: Connected, source: string): Promise<string> {
  return (await send(['SCRIPT', 'LOAD', source])) as string
}

/** The value of a field of INFO. */
export async function readInfo({ send }: Connected, field: string): Promise<string> {
  const info = (await send(['INFO'])) as string
  return new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? ''
}
