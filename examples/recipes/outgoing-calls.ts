import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { type Fetch, type LimitedFetchOptions, limitedFetch, readLimits, WaitTooLongError } from '@sluice/http'
import { createLimiter, leakyBucket, memoryStore, type Store } from '@sluice/leaky-bucket'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'

const sendMail = 'https://api.example.com/mails'

/** Sends mails through an API that admits five requests a second. */
export function server({ store = memoryStore(), api = standIn, time = {} }: Options = {}): Hono {
  const { sleep = pause, clock = Date.now } = time
  // What all processes send together, evenly spaced. Fifty may wait, so the last of them waits for ten seconds.
  const limiter = createLimiter({ name: 'outgoing', policy: leakyBucket({ capacity: 50, leak: 5, per: '1s' }), store })
  // The API is the judge. Where it refuses all the same, this waits for as long as it says and sends the request once more.
  const patientFetch = limitedFetch(api, { maxWait: '10s', ...time })

  const app = new Hono()
  app.post('/mails', bodyLimit({ maxSize: 100_000 }), async (c) => {
    const body = await c.req.text()
    const { signal } = c.req.raw
    const turn = await limiter.consume('mails', { signal })
    if (!turn.allowed) return later(turn.retryAfterMs)
    await sleep(turn.delayMs, signal)

    // With such a key the API may be asked twice, and sends one mail.
    const headers = { 'Idempotency-Key': randomUUID() }
    const response = await patientFetch(sendMail, { method: 'POST', headers, body, signal })
    await response.body?.cancel()
    if (response.ok) return c.json({ title: 'Sent' }, 202)
    if (response.status === 429) return later(readLimits(response.headers, clock()).retryAfterMs ?? 60_000)
    return c.json({ title: 'The API refuses the mail' }, 502)
  })
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    if (error instanceof WaitTooLongError) return later(error.retryAfterMs)
    return c.json({ title: 'The API does not answer' }, 502)
  })
  return app
}

/** Not a 429: it is not this client who has sent too much. */
function later(ms: number): Response {
  const headers = { 'Retry-After': String(Math.ceil(ms / 1000)), 'Cache-Control': 'no-store' }
  return Response.json({ title: 'Too many mails are waiting' }, { status: 503, headers })
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal })
}

/** Stands for the API. */
async function standIn(): Promise<Response> {
  return new Response('sent')
}

interface Options {
  readonly store?: Store
  readonly api?: Fetch
  /** For tests. */
  readonly time?: Pick<LimitedFetchOptions, 'clock' | 'random' | 'sleep'>
}

if (import.meta.main)
  serve({ fetch: server().fetch, port: Number(process.env.PORT ?? 3000) }, () => console.log('POST /mails'))
