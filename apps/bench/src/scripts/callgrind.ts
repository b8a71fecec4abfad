import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Redis, startRedis } from '../../../../tooling/redis.ts'
import { connect, readInfo } from '../redis/connect.ts'

/** A Redis whose instructions are counted. */
export interface CountedRedis {
  readonly url: string
  readonly version: string
  /** How many instructions the server takes while this runs. */
  count(run: () => Promise<unknown>): Promise<number>
  stop(): Promise<void>
}

const help = `Expected valgrind. This helps:
  apt-get update && apt-get install -y --no-install-recommends valgrind`

/** The version of valgrind. Throws an `Error` that says how to install it. */
export function valgrindVersion(): string {
  try {
    return execFileSync('valgrind', ['--version'], { encoding: 'utf8' }).trim().replace('-', ' ')
  } catch (cause) {
    throw new Error(help, { cause })
  }
}

/** Starts a Redis under callgrind, on loopback and on one thread. Nothing is counted, and it is faster, until `count`. */
export async function countedRedis(): Promise<CountedRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-callgrind-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { file, libraries, version } = await findServer()
  symlinkSync(file, join(folder, 'redis-server-itself'))
  writeWrapper(folder, libraries)
  const server = await startFrom(folder)
  return { version, ...(await counting(server.url, folder)), stop: server.stop }
}

/** The server that the tests use, wherever it is: it is started, and asked what it is. */
async function findServer(): Promise<{ file: string; libraries: string; version: string }> {
  const server = await startRedis()
  const connected = await connect('ioredis', server.url)
  try {
    const pid = await readInfo(connected, 'process_id')
    // Redis writes its title over its environment, so that cannot be read.
    const loaded = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/ (\/.*)\/[^/]*\.so[.\d]*$/gm)
    return {
      file: readlinkSync(`/proc/${pid}/exe`),
      libraries: [...new Set([...loaded].map(([, folder]) => folder))].join(':'),
      version: await readInfo(connected, 'redis_version'),
    }
  } finally {
    connected.close()
    await server.stop()
  }
}

/** A `redis-server` that is the real one under callgrind. */
function writeWrapper(folder: string, libraries: string): void {
  const options = [
    '--tool=callgrind',
    '--instr-atstart=no',
    `--callgrind-out-file=${join(folder, 'counts')}`,
    `--vgdb-prefix=${join(folder, 'vgdb')}`,
    '--quiet',
  ]
  const command = `exec valgrind ${options.join(' ')} ${join(folder, 'redis-server-itself')} "$@"`
  const lines = ['#!/bin/sh', `LD_LIBRARY_PATH='${libraries}'`, 'export LD_LIBRARY_PATH', command]
  writeFileSync(join(folder, 'redis-server'), `${lines.join('\n')}\n`, { mode: 0o755 })
}

/** `startRedis` takes the first on the PATH. */
async function startFrom(folder: string): Promise<Redis> {
  const { PATH } = process.env
  process.env.PATH = `${folder}:${PATH}`
  try {
    // What runs once a second costs next to nothing; ten times a second it would show.
    return await startRedis('--hz', '1', '--dynamic-hz', 'no', '--io-threads', '1')
  } finally {
    process.env.PATH = PATH
  }
}

async function counting(url: string, folder: string): Promise<Pick<CountedRedis, 'url' | 'count'>> {
  const connected = await connect('ioredis', url)
  const pid = await readInfo(connected, 'process_id')
  connected.close()
  const tell = (...command: readonly string[]): void => {
    execFileSync('vgdb', [`--pid=${pid}`, `--vgdb-prefix=${join(folder, 'vgdb')}`, ...command], { stdio: 'ignore' })
  }

  return {
    url,
    count: async (run) => {
      tell('instrumentation', 'on')
      tell('zero')
      await run()
      tell('dump')
      tell('instrumentation', 'off')
      return takeCount(folder)
    },
  }
}

/** The total of the one dump there is, which is removed. */
function takeCount(folder: string): number {
  const [dump] = readdirSync(folder).filter((name) => /^counts\.\d+$/.test(name))
  const file = join(folder, dump as string)
  const [, total] = /^totals: (\d+)/m.exec(readFileSync(file, 'utf8')) ?? []
  rmSync(file)
  return Number(total)
}
