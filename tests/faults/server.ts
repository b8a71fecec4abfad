import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { accepting, freePort, saying, spawnRedis } from '../../tooling/redis.ts'

/** A redis-server that faults can be done to. */
export interface Server {
  readonly port: number
  readonly url: string
  /** One command, over a connection of its own, which is made again when it was lost. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Starts it again where it was. */
  start(): Promise<void>
  /** SIGSTOP and SIGCONT. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export interface ServerOptions {
  /** What its configuration file says at first; only a Sentinel needs one. */
  readonly config?: string
  readonly settings?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server on loopback, with a folder of its own. */
export async function startServer({ config, settings = [], env = {} }: ServerOptions = {}): Promise<Server> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fault-'))
  const file = join(folder, 'redis.conf')
  if (config !== undefined) writeFileSync(file, config)
  const options = config === undefined ? settings : [file, ...settings]
  let child: ChildProcess
  const start = async (): Promise<void> => {
    child = spawnRedis(port, folder, options, env)
    await (settings.includes('--sentinel') ? saying(child, '+monitor master') : accepting(child))
  }
  await start()

  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  const abandon = (): void => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', abandon)

  let admin: Redis | undefined
  const command = (name: string, ...args: readonly (string | number)[]): Promise<unknown> => {
    if (admin === undefined || admin.status === 'end') {
      admin = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: 0, retryStrategy: () => null })
      admin.on('error', () => {})
    }
    return admin.call(name, ...args)
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    kill,
    start,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    async stop() {
      process.removeListener('exit', abandon)
      admin?.disconnect()
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
