import { execFile, spawn } from 'node:child_process'
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createLimiter } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it } from 'vitest'
import { findAlgorithms } from '../tooling/packages.ts'

// What the documents show is what runs: each program in them is a file of examples/, and each of those is run here.
const root = join(import.meta.dirname, '..')
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/**/README.md'], {
  cwd: root,
  exclude: (name) => name.includes('node_modules'),
})
// Those that are tests run with the others.
const programs = readdirSync(join(root, 'examples')).filter((name) => /(?<!\.test)\.ts$/.test(name))
const isServer = (example: string): boolean => read(join('examples', example)).includes('process.env.PORT')
const shownProgram = /<!-- (examples\/\S+\.ts) -->\n```ts\n([\s\S]*?)```/g
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const servers = programs.filter(isServer)
const examples = programs.filter((example) => !isServer(example))

it('the README is read in one go', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120)
})

describe('the programs in the documents', () => {
  it.each(documents)('%s shows examples as they are', (document) => {
    const text = read(document)
    const current = text.replace(shownProgram, (_, file) => `<!-- ${file} -->\n\`\`\`ts\n${read(file)}\`\`\``)
    if (process.env.SLUICE_UPDATE === 'examples') writeFileSync(join(root, document), current)
    else expect(text).toBe(current)
    const programs = text.match(/```ts\n/g) ?? []
    expect(programs, 'every program is an example').toHaveLength([...text.matchAll(shownProgram)].length)
  })

  it.each(documents)('%s links to what exists', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
      ([, target]) => target as string,
    )
    const missing = links.filter((target) => globSync(join(dirname(document), target), { cwd: root }).length === 0)
    expect(missing).toEqual([])
  })

  it.each(examples)('%s says no wait that is Infinity', (example) => {
    const program = read(join('examples', example))
    if (/retryAfterMs \/ 1000/.test(program)) expect(program).toContain('retryAfterMs === Infinity')
  })

  it.each(examples)('%s runs', async (example) => {
    const env = { ...process.env, REDIS_URL: inject('redisUrl') }
    const decorated = /^\s*@[A-Z]/m.test(read(join('examples', example)))
    const loader = decorated ? ['--import=./tooling/decorators.ts'] : []
    const args = ['--conditions=@sluice/source', ...loader, join('examples', example)]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
    if (example !== 'outage.ts') expect(stderr, 'nothing to warn of').toBe('')

    // A comment behind a console.log is what it prints.
    const promised = [...read(join('examples', example)).matchAll(/console\.log\(.*\) \/\/ ((?:true|false|\d).*)$/gm)]
    const printed = stdout.trim().split('\n')
    for (const [i, [, comment]] of promised.entries()) {
      const [said] = (comment as string).split(':')
      expect(printed[i]).toBe(said)
    }
    expect(printed.length).toBeGreaterThan(0)
  })
})

describe('a server', () => {
  it.each(servers)('%s listens, and limits the route that it prints', async (example) => {
    const args = ['--conditions=@sluice/source', join('examples', example)]
    const port = await freePort()
    const env = { ...process.env, PORT: String(port) }
    const program = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [method, path] = await new Promise<string[]>((resolve) => {
      program.stdout.once('data', (text) => resolve(String(text).trim().split(' ')))
    })
    const { status, headers } = await fetch(`http://127.0.0.1:${port}${path}`, { method: method as string })
    program.kill()
    expect([status, headers.has('RateLimit')]).toEqual([200, true])
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a program that is connected to Redis', () => {
  const connected = examples.filter((example) => read(join('examples', example)).includes('REDIS_URL'))

  it.each(connected)('%s is told of a lost connection, and goes on', async (example) => {
    // Accepts connections, and loses each at once.
    const server = createServer((socket) => socket.resetAndDestroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}` }
    const args = ['--conditions=@sluice/source', join('examples', example)]
    const program = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
    const lost = /ECONNRESET|EPIPE|Socket closed unexpectedly/g
    // One of node-redis tries for ever to connect. One of ioredis goes on without the store, and ends on its own.
    const times = read(join('examples', example)).includes("from 'redis'") ? 6 : 1
    let told = ''
    await new Promise<void>((resolve) => {
      program.stderr.setEncoding('utf8').on('data', (text: string) => {
        told += text
        if ((told.match(lost) ?? []).length >= times) resolve()
      })
      program.once('close', resolve)
    })
    program.kill()
    server.close()
    // What ioredis prints where nobody listens, and what Node says as it ends the process.
    expect(told).not.toMatch(/Unhandled error event|Emitted 'error' event/)
    expect(told.match(lost)?.length).toBeGreaterThanOrEqual(times)
  })
})

const repository = (JSON.parse(read('packages/core/package.json')) as { readonly homepage: string }).homepage
const tree = repository.slice(0, repository.indexOf('/tree/'))

describe('the README of a package, on the page of a registry', () => {
  const readmes = documents.filter((document) => document.startsWith('packages'))

  it.each(readmes)('%s links to what exists, from anywhere', (document) => {
    const targets = [...read(document).matchAll(/\]\((?!#)([^)]+)\)/g)].map(([, target]) => target as string)
    for (const target of targets) {
      expect(target).toMatch(/^https:/)
      const [, file] = target.split(`${tree}/blob/main/`)
      if (file !== undefined) expect(globSync(file.replace(/#.*/, ''), { cwd: root }), target).toHaveLength(1)
    }
  })

  it.each(readmes)('%s says that it is ESM, and what to do in CommonJS', (document) => {
    const { name } = JSON.parse(read(join(dirname(document), 'package.json'))) as { readonly name: string }
    const text = read(document)
    expect(text).toContain('ESM')
    expect(text).toContain(`\`require('${name}')\``)
    expect(text).toContain(`\`await import('${name}')\``)
  })
})

const algorithms = (await findAlgorithms()).map((subject) => {
  return [subject.name.replaceAll('-', ' '), subject.policy(subject.quota(5, 3_600_000))] as const
})

it.each(algorithms)('the README says how many bytes are stored: %s', async (name, policy) => {
  const client = new Redis(inject('redisUrl'))
  const prefix = `readme-${process.pid}`
  const limiter = createLimiter({
    name: policy.format,
    policy,
    store: ioredisStore({ client, prefix }),
    failure: 'throw',
    deadline: '1h',
  })
  await limiter.consume('a')
  const length = await client.strlen(`${prefix}:{a}:${policy.format}:default:${policy.format}`)
  await limiter.reset('a')
  await client.quit()

  const row = read('README.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${name}`)) as string
  const [bytes, each] = [/(\d+) bytes/, /and (\d+) for each/].map((said) => Number(said.exec(row)?.[1] ?? 0))
  expect(length).toBe((bytes ?? 0) + (each ?? 0))
})
