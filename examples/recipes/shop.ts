import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { clientIp } from '@sluice/http'
import { rateLimit } from '@sluice/koa'
import { tokenBucket } from '@sluice/token-bucket'
import Koa from 'koa'

// What each page costs. A path that is not here is not served, so no other spelling of a path has another cost.
const costs = new Map([
  ['/products', 1],
  ['/search', 5],
])

export function server({ store = memoryStore(), proxies = ['127.0.0.1'] }: Options = {}): Koa {
  const limiter = createLimiter({
    name: 'shop',
    store,
    slot: 'limiter', // each policy counts by a key of its own, and still all of them admit or none is charged
    policies: {
      pages: tokenBucket({ capacity: 60, refill: 1, per: '1s' }),
      daily: fixedWindow({ limit: 1000, window: '1d' }),
      site: fixedWindow({ limit: 5000, window: '1d' }),
    },
  })
  // A subscriber often has a /56 and a customer of a hosting company a /48: with as many addresses as they like, and one quota.
  const bySubscriber = clientIp({ trust: proxies, prefix: 56 })
  const bySite = clientIp({ trust: proxies, prefix: 48 })

  const app = new Koa()
  // Orders are not pages: in an office or a university that has read too much, people can still pay.
  const skip = ({ method, path }: Koa.Context): boolean => method === 'POST' && path === '/orders'
  const limit = rateLimit({
    limiter,
    skip,
    key: ({ req: { socket, headers } }) => {
      const subscriber = bySubscriber(socket.remoteAddress, headers)
      return { pages: subscriber, daily: subscriber, site: bySite(socket.remoteAddress, headers) }
    },
    cost: ({ path }) => costs.get(path) ?? 1,
  })
  app.use(limit)
  app.use((ctx) => {
    if (skip(ctx)) ctx.status = 201
    else if (costs.has(ctx.path)) ctx.body = { items: [] }
  })
  return app
}

interface Options {
  readonly store?: Store
  /** The proxies whose `X-Forwarded-For` is believed. */
  readonly proxies?: readonly string[]
}

if (import.meta.main) server().listen(process.env.PORT ?? 3000, () => console.log('GET /products'))
