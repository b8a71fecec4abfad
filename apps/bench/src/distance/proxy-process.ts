import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Distance } from './proxy.ts'

/** A port of loopback that leads to another from far away. */
export interface Proxy {
  readonly port: number
  end(): void
}

/** Starts a process that lets what passes wait on its way. It ends with this process at the latest. */
export async function startProxy(distance: Distance): Promise<Proxy> {
  const child = fork(join(import.meta.dirname, 'proxy.ts'))
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (port: number) => resolve(port))
    child.once('exit', (code) => reject(new Error(`Expected the proxy to listen, it ended with ${code}`)))
    child.send(distance)
  })
  return { port, end: () => child.kill('SIGKILL') }
}
