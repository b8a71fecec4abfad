import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { onPath, unpackDebian } from './debian.ts'

/** How to start a redis-server: a program, the name it is to be called by, and where its libraries are. */
interface Program {
  readonly file: string
  readonly libraries?: string
}

/** A Redis that tests may use. */
export interface Redis {
  readonly url: string
  stop(): Promise<void>
}

const cache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'redis')

const help = `Expected a redis-server. Any one of these helps:
  apt-get update && apt-get install -y --no-install-recommends redis-server
  REDIS_URL=redis://127.0.0.1:6379 npx -y pnpm@12 test`

/** `REDIS_URL` when it is set; else a server of our own on a free port, from the PATH or from an unpacked package. */
export async function useRedis(): Promise<Redis> {
  const url = process.env.REDIS_URL
  return url ? { url, stop: async () => {} } : startRedis()
}

/** Starts a redis-server on loopback that keeps nothing on disk. */
export async function startRedis(...options: readonly string[]): Promise<Redis> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  const server = spawnRedis(port, folder, options)
  const kill = (): void => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', kill)
  await accepting(server)
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      process.removeListener('exit', kill)
      const ended = new Promise((resolve) => server.once('exit', resolve))
      kill()
      await ended
    },
  }
}

/** A redis-server on a port of loopback, with a folder for its files; it is ready once it is `accepting`. */
export function spawnRedis(
  port: number,
  folder: string,
  options: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const { file, libraries } = installed('redis-server') ?? installed('valkey-server') ?? unpacked()
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const [first = '', ...rest] = options
  // A configuration file comes first, if there is one.
  const args = first.endsWith('.conf') ? [first, ...settings, ...rest] : [...settings, ...options]
  return spawn(file, args, {
    argv0: 'redis-server',
    env: { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function installed(name: string): Program | undefined {
  const file = onPath(name)
  return file === undefined ? undefined : { file }
}

/** The server out of Debian's or Ubuntu's package, unpacked into the cache: nothing is installed and no root is needed. */
function unpacked(): Program {
  const root = join(cache, 'root')
  if (!existsSync(root)) unpack(root)
  const libraries = join(root, 'usr', 'lib')
  const folders = readdirSync(libraries, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  // In Debian the server is redis-check-rdb called by another name.
  return {
    file: join(root, 'usr', 'bin', 'redis-check-rdb'),
    libraries: folders.map(({ name }) => join(libraries, name)).join(delimiter),
  }
}

function unpack(root: string): void {
  try {
    unpackDebian(root, (apt) => {
      const plan = apt('-s', 'install', '--no-install-recommends', 'redis-tools')
      return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name as string)
    })
  } catch (cause) {
    throw new Error(help, { cause })
  }
}

/** A port that is free together with the one 10,000 above it, which the nodes of a Cluster talk on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0)
    if (port === undefined || port > 55_535) continue
    if ((await listenOnce(port + 10_000)) !== undefined) return port
  }
}

/** Listens for a moment: on this port, or on any when it is 0. `undefined` when it is taken. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}

/** Settles once the server accepts connections, and rejects when it ends before. */
export function accepting(server: ChildProcess): Promise<void> {
  return saying(server, 'Ready to accept connections')
}

/** Settles once the server has logged a word, and rejects when it ends before. */
export function saying(server: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer): void => {
      said += chunk
      if (!said.includes(word)) return
      // From here on its log is only drained.
      server.stdout?.off('data', listen).resume()
      resolve()
    }
    server.stdout?.on('data', listen)
    server.once('error', reject)
    server.once('exit', (code) =>
      reject(new Error(`Expected redis-server to say "${word}", it ended with ${code}:\n${said}`)),
    )
  })
}
