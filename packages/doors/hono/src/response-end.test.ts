import { createLimiter, memoryStore, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { rateLimit } from './rate-limit.ts'

// As Bun, Deno and Workers call it: no response of Node stands behind the context.
const start = Date.UTC(2026, 10, 27)

function tokens(): SyncLimiter {
  const policy = fixedWindow({ limit: 100, window: '1h' })
  return createLimiter({ name: 'tokens', policy, store: memoryStore({ clock: () => start }) })
}

/** An app that counts, after the response, what its stream has sent; and what it was told then. */
function streaming(limiter: SyncLimiter, body: ReadableStream<Uint8Array> | null) {
  let sent = 0
  const outcomes: unknown[] = []
  const waits: Promise<unknown>[] = []
  const app = new Hono()
  app.use(
    rateLimit({
      limiter,
      key: () => 'ann',
      charge: (_c, outcome) => {
        outcomes.push(outcome)
        return sent
      },
    }),
  )
  app.get('/', (c) => {
    c.header('Set-Cookie', 'a=1', { append: true })
    c.header('Set-Cookie', 'b=2', { append: true })
    return new Response(body, c.res)
  })
  const context = {
    waitUntil: (wait: Promise<unknown>) => waits.push(wait),
    passThroughOnException: () => {},
    props: {},
  }
  return {
    ask: async () => app.request('/', {}, {}, context),
    outcomes,
    /** What the runtime would wait for. */
    settled: () => Promise.all(waits),
    send: (controller: ReadableStreamDefaultController<Uint8Array>, text: string) => {
      sent += text.length
      controller.enqueue(new TextEncoder().encode(text))
    },
  }
}

describe('where no response of Node tells how it ended', () => {
  it('charges once the stream was read to its end', async () => {
    const limiter = tokens()
    let controller!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own
      },
    })
    const app = streaming(limiter, body)
    const response = await app.ask()
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    app.send(controller, 'four')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('four')
    expect([app.outcomes, limiter.peekSync('ann').used]).toEqual([[], 1])
    app.send(controller, 'fives')
    controller.close()
    await reader.read()
    expect((await reader.read()).done).toBe(true)
    await app.settled()
    expect(app.outcomes).toEqual([{ status: 200, completed: true }])
    expect(limiter.peekSync('ann').used).toBe(10)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('charges what was sent to a client that hangs up, and ends the stream', async () => {
    const limiter = tokens()
    let controller!: ReadableStreamDefaultController<Uint8Array>
    let cancelled: unknown
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own
      },
      cancel(reason) {
        cancelled = reason
      },
    })
    const app = streaming(limiter, body)
    const reader = ((await app.ask()).body as ReadableStream<Uint8Array>).getReader()
    app.send(controller, 'four')
    await reader.read()
    await reader.cancel('gone')
    await app.settled()
    expect([cancelled, app.outcomes]).toEqual(['gone', [{ status: 200, completed: false }]])
    expect(limiter.peekSync('ann').used).toBe(5)
  })

  it('tells of a stream that fails, and passes its error on', async () => {
    const app = streaming(tokens(), new ReadableStream({ pull: () => Promise.reject(new Error('upstream')) }))
    const response = await app.ask()
    await expect(response.text()).rejects.toThrow('upstream')
    await app.settled()
    expect(app.outcomes).toEqual([{ status: 200, completed: false }])
  })

  it('is at its end at once without a body', async () => {
    const app = streaming(tokens(), null)
    await app.ask()
    await app.settled()
    expect(app.outcomes).toEqual([{ status: 200, completed: true }])
  })
})
