import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { rateLimit } from '@sluice/express'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { sluiceInstrumentation } from '@sluice/opentelemetry'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'
import express, { type Request } from 'express'
import { Redis } from 'ioredis'

// Prometheus reads http://127.0.0.1:9464/metrics.
const exporter = new PrometheusExporter({
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.METRICS_PORT ?? 9464),
})
sluiceInstrumentation({ meterProvider: new MeterProvider({ readers: [exporter] }) })

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', recommendedOptions)
client.on('error', () => {})
const store = ioredisStore({ client })

const search = createLimiter({
  name: 'search',
  policies: {
    burst: tokenBucket({ capacity: 20, refill: 10, per: '1s' }),
    hourly: fixedWindow({ limit: 2_000, window: '1h' }),
  },
  store,
})
// Who cannot be counted is not let in.
const login = createLimiter({
  name: 'login',
  policy: fixedWindow({ limit: 5, window: '1m' }),
  store,
  failure: 'closed',
})
// One process sends all mail, so it counts in memory; each waits for its turn.
const mail = createLimiter({ name: 'mail', policy: leakyBucket({ capacity: 30, leak: 5, per: '1s' }) })

// For the example. In earnest, a user that has proved who it is, or an address: see @sluice/http.
const byUser = (request: Request): string => request.get('X-User') ?? 'nobody'

const app = express()
app.get('/search', rateLimit({ limiter: search, key: byUser }), (_, response) => {
  response.send('found')
})
app.post(
  '/login',
  rateLimit({ limiter: login, key: byUser, refund: (_, { status }) => status < 400 }),
  (request, response) => {
    response.sendStatus(request.get('X-Password') === 'right' ? 204 : 401)
  },
)
app.post('/mail', rateLimit({ limiter: mail, key: () => 'all' }), (request, response) => {
  setTimeout(() => response.sendStatus(202), request.rateLimit?.delayMs)
})
app.listen(Number(process.env.PORT ?? 3000), () => console.log('GET /search'))
