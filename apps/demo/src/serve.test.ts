import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CheckResult, checkOnStore } from './check-on-store.ts'
import { initialSettings, readLink, writeLink } from './comparison/link.ts'
import { type OpenStore, openStore } from './open-store.ts'
import { type Serving, serve } from './serve.ts'

/** The most that the page can ask for. */
const largest = writeLink({ ...initialSettings, scenario: 'retry', requests: 2000, window: 86_400_000 })

let serving: Serving
beforeAll(async () => {
  serving = await serve({ store: await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' }), port: 0 })
})
afterAll(() => serving.close())

describe('/check', () => {
  it('counts the decisions of all four algorithms, and those that differ', async () => {
    const response = await fetch(`${serving.url}/check?requests=100`)
    expect(response.status).toBe(200)
    const lines = await linesOf(response)
    const result = { server: 'memory', decisions: 400, differences: 0 } satisfies CheckResult
    expect(lines).toEqual([{ decided: 1, outOf: 400 }, ...lines.slice(1, -1), { result, limitMs: 30_000 }])
  })

  it('says how far it came when the time is up, and compares what was decided', async () => {
    const memory = await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' })
    const time = new AbortController()
    const counts: number[] = []
    const result = await checkOnStore(initialSettings, memory, {
      timeUp: time.signal,
      onProgress: (decided, outOf) => {
        counts.push(decided, outOf)
        if (decided === 90) time.abort()
      },
    })
    expect(result).toMatchObject({ server: 'memory', outOf: 400, differences: 0 })
    expect(result.decisions).toBeGreaterThanOrEqual(90)
    expect(result.decisions).toBeLessThan(400)
    expect(counts.slice(0, 4)).toEqual([1, 400, 2, 400])
  })

  it('has a time limit, also where the store never answers', async () => {
    const time = new AbortController()
    const silent: OpenStore = {
      kind: 'redis',
      server: 'Redis through node-redis',
      on: () => ({
        bind: () => ({
          apply: () => {
            setImmediate(() => time.abort())
            return new Promise(() => {})
          },
        }),
      }),
      close: async () => {},
    }
    const result = await checkOnStore(initialSettings, silent, { timeUp: time.signal })
    expect(result).toEqual({ server: silent.server, decisions: 0, outOf: 400, differences: 0 })
  })

  it('names the first decision that differs', async () => {
    // A store whose clock is a second late.
    const memory = await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' })
    const late: OpenStore = { ...memory, on: (clock) => memory.on(() => clock() - 1000) }
    const { differences, first } = await checkOnStore(initialSettings, late)
    expect(differences).toBeGreaterThan(0)
    expect(first).toMatch(/^Fixed window, request at \d+ ms: `[a-zA-Z]+` is \S+ in memory, \S+ on the store$/)
  })

  it('answers 400 and says what is wrong with a setting', async () => {
    const response = await fetch(`${serving.url}/check?limit=0`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'It asks for limit “0”, but the page takes whole numbers from 1 to 500.',
    })
  })

  it('says so when the store fails', async () => {
    const broken = await serve({
      store: {
        kind: 'redis',
        server: 'Redis through node-redis',
        on: () => ({ bind: () => ({ apply: () => Promise.reject(new Error('gone')) }) }),
        close: async () => {},
      },
      port: 0,
    })
    const response = await fetch(`${broken.url}/check`)
    expect(await linesOf(response)).toEqual([{ error: 'The redis store failed: gone' }])
    await broken.close()
  })
})

async function linesOf(response: Response): Promise<unknown[]> {
  const lines = (await response.text()).trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<title>'],
    ['/?limit=3', 'text/html; charset=utf-8', '<title>'],
    ['/page/start-page.ts', 'text/javascript; charset=utf-8', "from '../src/comparison/compare.ts'"],
    [
      '/src/installed/installed-algorithms.ts',
      'text/javascript; charset=utf-8',
      "from '/packages/@sluice/token-bucket/index.ts'",
    ],
    ['/page/comparisons.js', 'text/javascript; charset=utf-8', 'export function comparisons'],
    ['/page/style.css', 'text/css; charset=utf-8', '.lane'],
    ['/src/comparison/compare.ts', 'text/javascript; charset=utf-8', "from '/packages/@sluice/core/index.ts'"],
    ['/packages/@sluice/core/index.ts', 'text/javascript; charset=utf-8', 'createLimiter'],
    ['/packages/@sluice/core/memory/entries.ts', 'text/javascript; charset=utf-8', 'export function'],
    ['/packages/ipaddr.js', 'text/javascript; charset=utf-8', 'export default'],
  ])('is served at %s', async (path, type, content) => {
    const response = await fetch(serving.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toContain(content)
  })

  it('is told which store the server has', async () => {
    expect(await (await fetch(serving.url)).text()).toContain('data-store="memory"')
  })
})

it.each([
  '/main.ts',
  '/src/main.ts',
  '/page/../src/main.ts',
  '/page/%2e%2e/src/main.ts',
  '/src/comparison/..%2fmain.ts',
  '/src/comparison/link.test.ts',
  '/packages/@sluice/core/../package.json',
  '/packages/@sluice/store-ioredis/index.json',
  '/package.json',
  '/constructor',
  '//elsewhere',
])('answers 404 at %s', async (path) => {
  expect((await fetch(serving.url + path)).status).toBe(404)
})

it('answers 405 to anything but reading', async () => {
  const response = await fetch(`${serving.url}/check`, { method: 'POST' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
})

it.each([
  ['127.0.0.1:PORT', 200],
  ['localhost:PORT', 200],
  ['LocalHost:PORT', 200],
  ['evil.example:PORT', 421],
  ['evil.example', 421],
  ['127.0.0.1', 421],
  ['localhost:1', 421],
  ['localhost.:PORT', 421],
  ['127.0.0.1:PORT.evil.example', 421],
  ['[::1]:PORT', 421],
])('serves only the address that it printed and localhost: %s', async (name, status) => {
  const { port } = serving
  for (const path of ['/', '/check', '/page/main.ts']) {
    const asked = request({ port, host: '127.0.0.1', path, headers: { host: name.replace('PORT', `${port}`) } }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(status)
  }
})

it('stops working on a comparison once nobody waits for it', async () => {
  let decided = 0
  let left = () => {}
  let forgotten = () => {}
  const isForgotten = new Promise<void>((resolve) => {
    forgotten = resolve
  })
  const memory = await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' })
  const store: OpenStore = {
    ...memory,
    on: (clock) => ({
      bind: (limiter) => {
        const gate = memory.on(clock).bind(limiter)
        return {
          apply: async (asks) => {
            if (asks[0]?.mode === 'reset') forgotten()
            else decided += 1
            // The first decision waits until the client has gone; the server's side sees that in its own time.
            if (decided === 1) left()
            await new Promise((resolve) => setImmediate(resolve))
            return gate.apply(asks)
          },
        }
      },
    }),
  }
  const slow = await serve({ store, port: 0 })
  const client = new AbortController()
  left = () => client.abort()
  const all = (await checkOnStore(readLink(largest).settings, memory)).decisions
  await expect(fetch(`${slow.url}/check${largest}`, { signal: client.signal })).rejects.toThrow()
  await isForgotten
  expect(decided).toBeLessThan(all)
  await slow.close()
})

it('takes the next port when one is taken', async () => {
  const taken = Number(new URL(serving.url).port)
  const store = await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' })
  const next = await serve({ store, port: taken })
  expect(next.port).toBeGreaterThan(taken)
  expect(next.url).toBe(`http://127.0.0.1:${next.port}`)
  await next.close()
})
