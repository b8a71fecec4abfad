import { rateLimit } from '@sluice/express'
import { limiterMetrics, nodeMetricsPage } from '@sluice/metrics'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import express from 'express'

const limiter = createLimiter({ name: 'search', policy: tokenBucket({ capacity: 20, refill: 10, per: '1s' }) })

const app = express()
app.get('/metrics', nodeMetricsPage(limiterMetrics()))
app.get('/search', rateLimit({ limiter }), (_, response) => {
  response.send('found')
})
app.listen(process.env.PORT ?? 3000, () => console.log('GET /search'))
