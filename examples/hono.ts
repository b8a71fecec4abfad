import { type RateLimitVariables, rateLimit } from '@sluice/hono'
import { apiKey } from '@sluice/http'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import { Hono } from 'hono'

// Two requests at once, then one a minute, for each API key.
const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })
const byApiKey = apiKey({ secret: process.env.KEY_SECRET ?? 'at least sixteen bytes' })

const app = new Hono<{ Variables: RateLimitVariables }>()
app.use(rateLimit({ limiter, key: (c) => byApiKey(c.req.raw.headers) ?? 'nobody' }))
app.get('/', (c) => c.text(`${c.get('rateLimit')?.remaining} left`))

for (let i = 0; i < 3; i += 1) {
  const { status, headers } = await app.request('/', { headers: { Authorization: 'Bearer abc' } })
  console.log(status, headers.get('RateLimit'), headers.get('Retry-After'))
}
