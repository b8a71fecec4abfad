import { connect, createServer, type Socket } from 'node:net'

/** What a proxy does with a command: lets it pass, says nothing, hangs up, or answers with an error. */
export type Verdict = 'pass' | 'drop' | 'cut' | { readonly error: string }

/** A proxy that reads what clients send. */
export interface CommandProxy {
  readonly url: string
  stop(): Promise<void>
}

/** A proxy on loopback before a Redis, which judges each command. */
export async function startCommandProxy(
  serverUrl: string,
  judge: (command: readonly string[]) => Verdict,
): Promise<CommandProxy> {
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const server = connect(Number(new URL(serverUrl).port), '127.0.0.1')
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    server.on('data', (chunk) => client.write(chunk))
    let unread: Buffer = Buffer.alloc(0)
    client.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk])
      for (let next = firstCommand(unread); next !== undefined; next = firstCommand(unread)) {
        const verdict = judge(next.command)
        if (verdict === 'pass') server.write(unread.subarray(0, next.end))
        else if (verdict === 'cut') client.destroy()
        else if (verdict !== 'drop') client.write(`-${verdict.error}\r\n`)
        unread = unread.subarray(next.end)
      }
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { readonly port: number }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** The first whole command, an array of bulk strings, and where it ends. */
function firstCommand(bytes: Buffer): { readonly command: readonly string[]; readonly end: number } | undefined {
  let at = 0
  const line = (): string | undefined => {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return undefined
    const text = bytes.toString('latin1', at, end)
    at = end + 2
    return text
  }
  const count = line()
  if (count === undefined) return undefined
  const command: string[] = []
  for (let i = 0; i < Number(count.slice(1)); i += 1) {
    const length = Number(line()?.slice(1))
    if (Number.isNaN(length) || at + length + 2 > bytes.length) return undefined
    command.push(bytes.toString('utf8', at, at + length))
    at += length + 2
  }
  return { command, end: at }
}
