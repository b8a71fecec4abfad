import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CompareResult, compare } from './compare.ts'
import { type OpenStore, openStore } from './open-store.ts'
import { readComparison } from './read-comparison.ts'
import { type Serving, serve } from './serve.ts'

/** The most that the page can ask for. */
const longest = new URLSearchParams({ pattern: 'retry-storm', limit: '50', intensity: '4', window: '1d' })

let serving: Serving
beforeAll(async () => {
  serving = await serve({ store: await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' }), port: 0 })
})
afterAll(() => serving.close())

describe('/compare', () => {
  it('sends the same traffic through all four algorithms', async () => {
    const response = await fetch(`${serving.url}/compare?pattern=boundary-burst&limit=10&window=10s`)
    const { results, ...rest } = (await response.json()) as CompareResult

    expect(response.status).toBe(200)
    expect(rest).toEqual({
      pattern: 'boundary-burst',
      intensity: 1,
      limit: 10,
      window: 10_000,
      capacity: 10,
      store: 'memory',
      duration: 60_000,
    })
    const summary = results.map(({ algorithm, totals, worstWindow }) => [
      algorithm,
      totals.admitted,
      totals.refused,
      totals.delayed,
      worstWindow?.units,
    ])
    expect(summary).toEqual([
      ['token-bucket', 51, 49, 0, 11],
      ['leaky-bucket', 51, 49, 50, 10],
      ['fixed-window', 60, 40, 0, 20],
      ['sliding-log', 50, 50, 0, 10],
    ])
  })

  it('answers with a timeline that starts at a boundary between two windows', async () => {
    const response = await fetch(`${serving.url}/compare?pattern=steady&limit=7&window=7s`)
    const { results } = (await response.json()) as CompareResult
    for (const { start, buckets, bucketMs, totals } of results) {
      expect(start % 7000).toBe(0)
      expect(buckets).toHaveLength(120)
      expect(bucketMs).toBe(350)
      expect(buckets.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(totals.admitted)
    }
  })

  it("answers 400 with the library's own words when a parameter is wrong", async () => {
    const response = await fetch(`${serving.url}/compare?limit=0`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: 'Expected `limit` to be a positive integer below 2^53, got 0' })
  })

  it('answers 503 when the store fails', async () => {
    const broken = await serve({
      store: {
        kind: 'redis',
        on: () => ({ bind: () => ({ apply: () => Promise.reject(new Error('gone')) }) }),
        close: async () => {},
      },
      port: 0,
    })
    const response = await fetch(`${broken.url}/compare`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ error: 'The redis store failed: gone' })
    await broken.close()
  })
})

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<title>'],
    ['/?limit=3', 'text/html; charset=utf-8', '<title>'],
    ['/app.js', 'text/javascript; charset=utf-8', 'comparisons'],
    ['/comparisons.js', 'text/javascript; charset=utf-8', 'export function comparisons'],
    ['/link.js', 'text/javascript; charset=utf-8', 'export function readLink'],
    ['/load-comparison.js', 'text/javascript; charset=utf-8', 'fetch('],
    ['/style.css', 'text/css; charset=utf-8', ':root'],
  ])('is served at %s', async (path, type, content) => {
    const response = await fetch(serving.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toContain(content)
  })

  it('asks for nothing from elsewhere', async () => {
    for (const path of ['/', '/app.js', '/comparisons.js', '/link.js', '/load-comparison.js', '/style.css']) {
      const links = (await (await fetch(serving.url + path)).text()).match(/(?:https?:)?\/\/[a-z][^\s'"`]*/g) ?? []
      expect(links.filter((link) => link !== 'http://www.w3.org/2000/svg')).toEqual([])
    }
  })
})

it.each(['/main.ts', '/../src/main.ts', '/constructor', '//elsewhere'])('answers 404 at %s', async (path) => {
  expect((await fetch(serving.url + path)).status).toBe(404)
})

it('answers 405 to anything but reading', async () => {
  const response = await fetch(`${serving.url}/compare`, { method: 'POST' })
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
  for (const path of ['/', '/compare', '/app.js']) {
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
  const all = (await compare(readComparison(longest), memory)).results[0]?.totals.asked ?? 0
  await expect(fetch(`${slow.url}/compare?${longest}`, { signal: client.signal })).rejects.toThrow()
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
