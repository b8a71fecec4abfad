import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'access.log')

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

function start(args: readonly string[]): ReturnType<typeof spawn> {
  const { SLUICE_STORE: _, ...env } = process.env
  const main = join(import.meta.dirname, 'main.ts')
  return spawn(process.execPath, ['--conditions=@sluice/source', main, ...args], { env })
}

async function run(...args: readonly string[]): Promise<Ended> {
  const child = start(args)
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('Expected the streams of the child to be piped')
  const [output, errors, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')])
  return { code, output, errors }
}

it('prints the table of a log, and names the store outside of it', async () => {
  const { code, output, errors } = await run('--log', fixture, '--limit', '3')
  expect(code).toBe(0)
  expect(output).toContain('Each client may make 3 requests in 10s.')
  expect(output).toMatch(/requests refused +\d+ +\d+ +\d+ +\d+\n/)
  expect(errors).toBe('store: memory\n')
})

it('ends with 2 and the usage when it is called wrongly', async () => {
  const { code, output, errors } = await run('--limt', '3')
  expect(code).toBe(2)
  expect(output).toBe('')
  expect(errors).toContain("demo: Unknown option '--limt'")
  expect(errors).toContain('Usage: demo')
})

it.each([
  [['--log', 'nowhere.log'], 'ENOENT'],
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
