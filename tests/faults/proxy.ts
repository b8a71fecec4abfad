import { connect, createServer, type Server, type Socket } from 'node:net'
import { until, wait } from './wait.ts'

/** What a proxy does to what passes. */
export interface Weather {
  /** Lets nothing through to the server, or nothing back, and tells nobody; what TCP would send again arrives afterwards. */
  readonly black?: 'requests' | 'replies' | 'both'
  /** Takes replies away and resets the connection instead: executed, but never answered. Once: the next reply, then it is fair. */
  readonly cutAfterReplies?: 'always' | 'once'
  /** Holds each chunk for up to so many ms. */
  readonly delayMs?: number
  /** Cuts replies to pieces of so many bytes. */
  readonly pieces?: number
}

/** Stands between a client and its servers, in the same weather before each. */
export interface BadWeather {
  /** For the port of each server, the port to come to it through the weather. */
  readonly through: ReadonlyMap<number, number>
  weather: Weather
  /** From now on the connections that there are say nothing any more; new ones do. */
  silence(): void
  stop(): Promise<void>
}

/** A proxy on loopback before each server, in fair weather. */
export async function startProxies(serverPorts: readonly number[]): Promise<BadWeather> {
  const sockets = new Set<Socket>()
  const silent = new WeakSet<Socket>()
  const proxy: { weather: Weather } = { weather: {} }
  const fair = (direction: 'requests' | 'replies'): Promise<void> | undefined => {
    const isBlack = (): boolean => proxy.weather.black === direction || proxy.weather.black === 'both'
    return isBlack() ? until('fair weather', () => !isBlack()) : undefined
  }

  const pass = (client: Socket, server: Socket): void => {
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    const speaks = (): boolean => !silent.has(client)
    const toServer = inOrder(server, () => fair('requests'))
    const toClient = inOrder(client, () => fair('replies'))
    client.on('data', (chunk) => {
      const { delayMs = 0 } = proxy.weather
      if (speaks()) toServer(chunk, delayMs)
    })
    server.on('data', (chunk) => {
      const { cutAfterReplies, delayMs = 0, pieces = chunk.length } = proxy.weather
      if (!speaks()) return
      if (cutAfterReplies === 'once') proxy.weather = {}
      if (cutAfterReplies !== undefined) return client.resetAndDestroy()
      for (let from = 0; from < chunk.length; from += pieces) toClient(chunk.subarray(from, from + pieces), delayMs)
    })
  }

  const listeners = serverPorts.map((port) => createServer((client) => pass(client, connect(port, '127.0.0.1'))))
  const ports = await Promise.all(listeners.map(listen))
  return Object.assign(proxy, {
    through: new Map(serverPorts.map((port, i) => [port, ports[i] as number])),
    silence() {
      for (const socket of sockets) silent.add(socket)
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))))
    },
  })
}

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Writes chunks in order, each held for a random part of its delay, and while nothing passes. */
function inOrder(socket: Socket, passes: () => Promise<void> | undefined): (chunk: Buffer, delayMs: number) => void {
  let last = Promise.resolve()
  return (chunk, delayMs) => {
    const held = delayMs === 0 ? undefined : wait(Math.random() * delayMs)
    last = last.then(async () => {
      await held
      await passes()
      socket.write(chunk)
    })
  }
}
