import { type RateLimitState, rateLimit } from '@sluice/koa'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import Koa from 'koa'

// Two requests at once, then one a minute, for each client address.
const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })

const app = new Koa<RateLimitState>()
app.use(rateLimit({ limiter }))
app.use((ctx) => {
  ctx.body = `${ctx.state.rateLimit?.remaining} left`
})

const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address() as { port: number }
  for (let i = 0; i < 3; i += 1) {
    const { status, headers } = await fetch(`http://127.0.0.1:${address.port}/`)
    console.log(status, headers.get('RateLimit'), headers.get('Retry-After'))
  }
  server.close()
})
