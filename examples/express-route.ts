import { rateLimit } from '@sluice/express'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import express from 'express'

const limiter = createLimiter({ policy: tokenBucket({ capacity: 20, refill: 10, per: '1s' }) })

const app = express()
app.get('/search', rateLimit({ limiter }), (request, response) => {
  response.send(`${request.rateLimit?.remaining} left`)
})
app.listen(process.env.PORT ?? 3000, () => console.log('GET /search'))
