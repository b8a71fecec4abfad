import { connect, createServer, type Socket } from 'node:net'

/** What the proxy is told when it starts: before which port it stands, and how long each way through it takes. */
export interface Distance {
  readonly port: number
  readonly oneWayMs: number
}

// A process of its own: what it does for others must not take the time of those whose waiting is measured.
process.once('disconnect', () => process.exit())
process.once('message', ({ port, oneWayMs }: Distance) => {
  const listener = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    carry(client, server, oneWayMs)
    carry(server, client, oneWayMs)
  })
  listener.listen(0, '127.0.0.1', () => {
    const address = listener.address()
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
  })
})

/** Writes what arrives so much later, in its order: timers of one duration fire in the order in which they were set. */
function carry(from: Socket, to: Socket, oneWayMs: number): void {
  to.setNoDelay(true)
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), oneWayMs))
  from.on('close', () => to.destroy())
  from.on('error', () => to.destroy())
}
