import { serve } from '@hono/node-server'
import { createLimiter, type Decision, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { type RateLimitVariables, rateLimit } from '@sluice/hono'
import { tokenBucket } from '@sluice/token-bucket'
import { Hono } from 'hono'
import { streamText } from 'hono/streaming'

/** A language model: how many tokens a prompt has, and the answer, token by token. */
export interface Model {
  count(prompt: string): number
  answer(prompt: string, most: number, signal: AbortSignal): AsyncIterable<string>
}

export function server({ store = memoryStore(), users = new Map([['key', 'ann']]), model = parrot }: Options = {}) {
  const limiter = createLimiter({
    name: 'answers',
    policies: {
      requests: tokenBucket({ capacity: 10, refill: 1, per: '1s' }),
      tokens: fixedWindow({ limit: 50_000, window: '1d' }),
    },
    store,
  })
  // What it can come to is counted before, so that many requests at one time cannot spend the same tokens.
  const limit = rateLimit({
    limiter,
    key: (c) => c.get('user'),
    cost: (c) => ({ requests: 1, tokens: model.count(c.get('prompt')) + c.get('most') }),
  })
  // And corrected to what it has come to. The correction is of that decision: it gives nothing back to another day.
  async function settle(user: string, decision: Decision, used: number): Promise<void> {
    const reserved = decision.policies.tokens?.cost ?? 0
    const [less, more] = [Math.max(reserved - used, 0), Math.max(used - reserved, 0)]
    if (less > 0) await limiter.refund(user, { cost: { requests: 0, tokens: less }, of: decision })
    if (more > 0) await limiter.charge(user, { cost: { requests: 0, tokens: more } })
  }

  const app = new Hono<{ Variables: RateLimitVariables & { user: string; prompt: string; most: number } }>()
  app.use(async (c, next) => {
    const user = users.get(c.req.header('Authorization')?.replace(/^Bearer /, '') ?? '')
    if (user === undefined) return c.json({ title: 'Expected an API key' }, 401)
    const { prompt, most = 1000 } = await c.req.json().catch(() => ({}))
    const isRequest = typeof prompt === 'string' && Number.isInteger(most) && most > 0
    if (!isRequest) return c.json({ title: 'Expected a prompt, and at most how many tokens' }, 400)
    c.set('user', user)
    c.set('prompt', prompt)
    c.set('most', most)
    return next()
  })
  app.post('/answer', limit, (c) =>
    streamText(c, async (stream) => {
      const { user, prompt, most, rateLimit: decision } = c.var
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      let used = model.count(prompt)
      try {
        for await (const token of model.answer(prompt, most, gone.signal)) {
          used += 1
          await stream.write(token)
          if (stream.aborted) break
        }
      } finally {
        // Also of a client that has gone, and of a model that failed.
        await settle(user, decision as Decision, used)
      }
    }),
  )
  return app
}

/** Stands for a model. */
const parrot: Model = {
  count: (prompt) => Math.ceil(prompt.length / 4),
  async *answer(prompt, most) {
    for (const word of prompt.split(' ').slice(0, most)) yield `${word} `
  },
}

interface Options {
  readonly store?: Store
  /** Users by API key. */
  readonly users?: ReadonlyMap<string, string>
  readonly model?: Model
}

if (import.meta.main) {
  serve({ fetch: server().fetch, port: Number(process.env.PORT ?? 3000) }, () => console.log('POST /answer'))
}
