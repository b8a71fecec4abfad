import { rateLimit } from '@sluice/fastify'
import { fixedWindow } from '@sluice/fixed-window'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import fastify from 'fastify'

// For each client address: two requests at once, then one a minute; exports once an hour.
const api = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })
const exports = createLimiter({ name: 'exports', policy: fixedWindow({ limit: 1, window: '1h' }) })

const app = fastify()
await app.register(rateLimit, { limiter: api })
app.get('/', async (request) => `${request.rateLimit?.remaining} left`)
app.get('/export', { config: { rateLimit: { limiter: exports } } }, async () => 'a long file')
app.get('/health', { config: { rateLimit: false } }, async () => 'fine')

for (const url of ['/', '/', '/', '/export', '/export', '/health']) {
  const { statusCode, headers } = await app.inject(url)
  console.log(url, statusCode, headers.ratelimit)
}
await app.close()
