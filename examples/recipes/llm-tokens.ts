import { serve } from '@hono/node-server'
import { createLimiter, type Decision, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { type RateLimitVariables, rateLimit } from '@sluice/hono'
import { tokenBucket } from '@sluice/token-bucket'
import { Hono } from 'hono'
import { streamText } from 'hono/streaming'

/** A language model: how many tokens a prompt has, and its answer, token by token. */
export interface Model {
  count(prompt: string): number
  answer(prompt: string, most: number, signal: AbortSignal): AsyncIterable<string>
}
type Variables = RateLimitVariables & { ask: { user: string; prompt: string; most: number } }

export function server({ store = memoryStore(), users = new Map([['key', 'ann']]), model = parrot }: Options = {}) {
  const limiter = createLimiter({
    name: 'answers',
    policies: {
      requests: tokenBucket({ capacity: 10, refill: 1, per: '1s' }),
      tokens: fixedWindow({ limit: 50_000, window: '1d' }),
    },
    store,
  })
  // The most that it can come to is counted before, so that requests at one time cannot spend the same tokens ...
  const limit = rateLimit({
    limiter,
    key: (c) => c.get('ask').user,
    cost: (c) => ({ requests: 1, tokens: model.count(c.get('ask').prompt) + c.get('ask').most }),
  })
  // ... and corrected to what it has come to. A refund of that decision gives nothing of yesterday back to today.
  async function settle(user: string, decision: Decision, used: number): Promise<void> {
    const unused = (decision.policies.tokens?.cost ?? 0) - used
    if (unused > 0) await limiter.refund(user, { cost: { requests: 0, tokens: unused }, of: decision })
    if (unused < 0) await limiter.charge(user, { cost: { requests: 0, tokens: -unused } })
  }

  const app = new Hono<{ Variables: Variables }>()
  app.use(async (c, next) => {
    const user = users.get(c.req.header('Authorization')?.replace(/^Bearer /, '') ?? '')
    if (user === undefined) return c.json({ title: 'Expected an API key' }, 401)
    const { prompt, most = 1000 } = await c.req.json().catch(() => ({}))
    if (typeof prompt !== 'string' || !Number.isInteger(most) || most < 1 || most > 100_000)
      return c.json({ title: 'Expected a prompt, and from 1 to 100000 tokens at most' }, 400)
    c.set('ask', { user, prompt, most })
    return next()
  })
  app.post('/answer', limit, (c) =>
    streamText(c, async (stream) => {
      const { prompt, most, user } = c.get('ask')
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
        // Also where the client has gone, or the model has failed.
        await settle(user, c.get('rateLimit') as Decision, used)
      }
    }),
  )
  return app
}

/** Stands for a model. */
const parrot: Model = {
  count: (prompt) => prompt.split(' ').length,
  answer: async function* (prompt, most) {
    for (const word of prompt.split(' ').slice(0, most)) yield `${word} `
  },
}

type Options = { readonly store?: Store; readonly users?: ReadonlyMap<string, string>; readonly model?: Model }

if (import.meta.main)
  serve({ fetch: server().fetch, port: Number(process.env.PORT ?? 3000) }, () => console.log('POST /answer'))
