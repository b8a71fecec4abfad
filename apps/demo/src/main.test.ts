import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
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

it('says which limits refuse hardly a client, and that short windows judge the rounding', async () => {
  const { output } = await run('--log', fixture, '--window', '5s')
  const said = output.replaceAll('\n', ' ')
  expect(said).toContain('fixed window 8, sliding log 14, token bucket 8, leaky bucket 8 in 5 s.')
  expect(said).toContain('a window below 10 s judges how they were rounded.')
  const apart = await run('--log', fixture, '--capacity', '9')
  expect(apart.output).not.toContain('To refuse at most')
  expect(apart.output).not.toContain('rounded')
})

it('reads a log from standard input', async () => {
  const log = await readFile(fixture, 'utf8')
  const { code, output } = await ended(start(['--log', '-']), log)
  expect(code).toBe(0)
  expect(output).toBe((await run('--log', fixture)).output)
})

it('replays a long log in little memory, and shows how far it has come', async () => {
  const lines = 200_000
  const child = start(['--log', '-'], ['--max-old-space-size=48', '--max-semi-space-size=4'])
  const ending = Promise.all([text(child.stdout as Readable), text(child.stderr as Readable), once(child, 'exit')])
  await pipeline(Readable.from(longLog(lines)), child.stdin as Writable)
  const [output, errors, [code]] = await ending
  expect(code).toBe(0)
  expect(output).toContain('200,000 requests.')
  expect(errors).toContain('read 100,000 lines\nread 200,000 lines\n')
  for (const algorithm of ['token bucket', 'leaky bucket', 'fixed window', 'sliding log']) {
    expect(errors).toContain(`${algorithm}: 100,000 of 200,000 requests\n`)
  }
})

/** Of 5,000 clients, 20 requests a second; with all that a real line has, it would not fit if it were kept. */
function* longLog(lines: number): Generator<string> {
  const tail = `"GET /shop/item?ref=home HTTP/1.1" 200 5120 "https://example.org/shop" "Mozilla/5.0 (X11; Linux x86_64)"`
  for (let i = 0; i < lines; i += 1) {
    const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
    const seconds = i / 20
    const clock = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
    const client = (i * 7919) % 5000
    yield `11.0.${Math.floor(client / 256)}.${client % 256} - - [04/Mar/2026:${clock} +0000] ${tail}\n`
  }
}

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
  [['--log', import.meta.filename], 'to be an access log, common, combined or JSON lines of nginx or Caddy'],
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
