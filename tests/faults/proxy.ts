import { connect, createServer, type Socket } from 'node:net'

/** What a proxy does to what passes. */
export interface Weather {
  /** Swallows what goes to the server, or what comes back; nobody is told. */
  readonly swallow?: 'requests' | 'replies' | 'both'
  /** Takes so many replies away and then resets the connection: executed, but never answered. */
  readonly cutAfterReplies?: boolean
  /** Holds each chunk for up to so many ms. */
  readonly delayMs?: number
  /** Cuts replies to pieces of so many bytes. */
  readonly pieces?: number
}

/** Stands between a client and its server. */
export interface BadWeather {
  readonly port: number
  weather: Weather
  stop(): Promise<void>
}

/** A proxy on loopback, in fair weather. */
export async function startProxy(serverPort: number): Promise<BadWeather> {
  const sockets = new Set<Socket>()
  const proxy: { weather: Weather } = { weather: {} }

  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1')
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
    const toServer = inOrder(server)
    const toClient = inOrder(client)
    client.on('data', (chunk) => {
      const { swallow, delayMs = 0 } = proxy.weather
      if (swallow === 'requests' || swallow === 'both') return
      toServer(chunk, delayMs)
    })
    server.on('data', (chunk) => {
      const { swallow, cutAfterReplies, delayMs = 0, pieces = chunk.length } = proxy.weather
      if (cutAfterReplies) return client.resetAndDestroy()
      if (swallow === 'replies' || swallow === 'both') return
      for (let from = 0; from < chunk.length; from += pieces) toClient(chunk.subarray(from, from + pieces), delayMs)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return Object.assign(proxy, {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  })
}

/** Writes chunks in order, each held for a random part of its delay. */
function inOrder(socket: Socket): (chunk: Buffer, delayMs: number) => void {
  let last = Promise.resolve()
  return (chunk, delayMs) => {
    if (delayMs === 0) {
      last = last.then(() => void socket.write(chunk))
      return
    }
    const held = new Promise((resolve) => setTimeout(resolve, Math.random() * delayMs))
    last = last.then(async () => {
      await held
      socket.write(chunk)
    })
  }
}
