import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, inject, it } from 'vitest'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'access.log')

const demo = join(import.meta.dirname, '..', 'start.js')

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

function start(args: readonly string[], flags: readonly string[] = []): ReturnType<typeof spawn> {
  const { SLUICE_STORE: _, ...env } = process.env
  return spawn(process.execPath, [...flags, '--conditions=@sluice/source', demo, ...args], { env })
}

async function ended(child: ReturnType<typeof spawn>, input = ''): Promise<Ended> {
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) {
    throw new Error('Expected the streams of the child to be piped')
  }
  stdin.end(input)
  const [output, errors, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')])
  return { code, output, errors }
}

function run(...args: readonly string[]): Promise<Ended> {
  return ended(start(args))
}

it('prints the table of a log, and names the store outside of it', async () => {
  const { code, output, errors } = await run('--log', fixture, '--limit', '3')
  expect(code).toBe(0)
  expect(output).toContain('Each client may make 3 requests in 10s.')
  expect(output).toMatch(/requests refused +\d+ +\d+ +\d+ +\d+\n/)
  expect(errors).toBe('store: memory\n')
})

it('reads a log from standard input', async () => {
  const log = await readFile(fixture, 'utf8')
  const { code, output } = await ended(start(['--log', '-']), log)
  expect(code).toBe(0)
  expect(output).toBe((await run('--log', fixture)).output)
})

it.each(['ioredis', 'redis'])('says nothing of its own client, over %s', async (kind) => {
  const { code, errors } = await run('--store', kind, '--redis-url', inject('redisUrl'), '--log', fixture)
  expect(errors).toBe(`store: ${kind}\n`)
  expect(code).toBe(0)
})

it('says which Node it needs, on one that cannot run TypeScript', async () => {
  const { code, errors } = await ended(start([], ['--no-experimental-strip-types']))
  expect(errors).toBe(
    `demo: Expected a Node that runs TypeScript, 22.18 or newer, got ${process.version} with --no-experimental-strip-types\n`,
  )
  expect(code).toBe(1)
})

it('says so when another port than that which was asked for is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const child = start(['--port', `${port}`])
  const errors = text(child.stderr as Readable)
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  const served = new URL(said.toString().trim()).port
  child.kill('SIGTERM')
  expect(await errors).toBe(`store: memory\nport ${port} is taken, so this is port ${served}\n`)
  expect(Number(served)).toBeGreaterThan(port)
  other.close()
})

it('ends with 2 and the usage when it is called wrongly', async () => {
  const { code, output, errors } = await run('--limt', '3')
  expect(code).toBe(2)
  expect(output).toBe('')
  expect(errors).toContain("demo: Unknown option '--limt'")
  expect(errors).toContain('Usage: demo')
})

it.each([
  [['--log', 'nowhere.log'], 'demo: Expected --log to name a file that exists, got "nowhere.log"\n'],
  [['--log', import.meta.dirname], 'demo: Expected --log to name a file, got the folder '],
  [['--log', import.meta.filename], 'to be an access log in common or combined format'],
  [['--store', 'ioredis', '--redis-url', 'redis://127.0.0.1:1'], 'Expected a Redis at 127.0.0.1:1'],
  [['--store', 'redis', '--redis-url', 'redis://127.0.0.1:1'], 'Expected a Redis at 127.0.0.1:1'],
])('ends with 1 when it cannot do what it is asked: %j', async (args, message) => {
  const { code, errors } = await run(...args)
  expect(code).toBe(1)
  expect(errors).toContain(message)
  expect(errors).not.toContain('Usage')
})

it.each(['SIGINT', 'SIGTERM'] as const)('says where it serves, and closes on %s', async (signal) => {
  const child = start(['--port', '0'])
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  const url = said.toString().trim()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await fetch(url)).status).toBe(200)

  const exit = once(child, 'exit')
  child.kill(signal)
  expect(await exit).toEqual([0, null])
})
