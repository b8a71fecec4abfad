import { rateLimit } from '@sluice/express'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import express from 'express'

// Two requests at once, then one a minute, for each client address.
const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })

const app = express()
app.use(rateLimit({ limiter }))
app.get('/', (request, response) => {
  response.send(`${request.rateLimit?.remaining} left`)
})

const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address() as { port: number }
  for (let i = 0; i < 3; i += 1) {
    const { status, headers } = await fetch(`http://127.0.0.1:${address.port}/`)
    console.log(status, headers.get('RateLimit'), headers.get('Retry-After'))
  }
  server.close()
})
