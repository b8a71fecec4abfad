import { randomUUID } from 'node:crypto'
import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { rateLimit } from '@sluice/fastify'
import { fixedWindow } from '@sluice/fixed-window'
import { apiKey, keyHash } from '@sluice/http'
import { tokenBucket } from '@sluice/token-bucket'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

// Where the table of tenants lies in a database, the same secret in every process.
const secret = process.env.KEY_SECRET ?? randomUUID()
const hash = keyHash({ secret })
const byApiKey = apiKey({ secret })

export interface Tenant {
  readonly id: string
  readonly plan: keyof typeof plans
}

/** By the hash of an API key, of which a tenant may have several. */
export function tenantsOf(tenants: Readonly<Record<string, Tenant>>): Map<string, Tenant> {
  return new Map(Object.entries(tenants).map(([key, tenant]) => [hash('api-key', key), tenant]))
}

// Two quotas of all routes together, and one for each route that has its own. Days end at midnight UTC.
const quotas = (perSecond: number, daily: number, searches: number, exports: number) => ({
  requests: tokenBucket({ capacity: 2 * perSecond, refill: perSecond, per: '1s' }),
  daily: fixedWindow({ limit: daily, window: '1d', align: 'epoch' }),
  searches: tokenBucket({ capacity: searches, refill: searches, per: '1m' }),
  exports: fixedWindow({ limit: exports, window: '1d', align: 'epoch' }),
})
const plans = { basic: quotas(10, 1000, 10, 5), business: quotas(100, 50_000, 100, 50) }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request of the route costs of its own quota, or costs more of the others. */
    costs?: Readonly<Partial<Record<keyof ReturnType<typeof quotas>, number>>>
  }
}

export function server({ store = memoryStore(), tenants = tenantsOf(examples) }: Options = {}): FastifyInstance {
  const limiter = createLimiter({ name: 'quotas', policies: plans.basic, store })
  const tenantOf = (request: FastifyRequest) => request.getDecorator<Tenant>('tenant')

  const app = fastify()
  app.decorateRequest('tenant', null)
  app.addHook('onRequest', async (request, reply) => {
    const tenant = tenants.get(byApiKey(request.headers) ?? '')
    if (tenant === undefined) return reply.code(401).send({ title: 'Expected an API key' })
    request.setDecorator('tenant', tenant)
  })
  app.register(rateLimit, {
    // The same limiter with other numbers: what a tenant has used counts in its new plan, too.
    limiter: (request) => limiter.with({ policies: plans[tenantOf(request).plan] }),
    // One key for all policies, so all that is stored of a tenant lies together on a Cluster, and tenants spread over it.
    key: (request) => tenantOf(request).id,
    // By the route, which has one name, and not by the URL, which has many. What costs nothing passes whatever is used.
    cost: ({ routeOptions: { config } }) => ({ searches: 0, exports: 0, ...config.costs }),
  })
  app.after(() => {
    app.get('/items/:id', async () => ({ item: {} }))
    app.get('/search', { config: { costs: { searches: 1 } } }, async () => ({ items: [] }))
    app.post('/exports', { config: { costs: { exports: 1, daily: 10 } } }, async () => ({ file: '/exports/1' }))
  })
  return app
}

const examples: Readonly<Record<string, Tenant>> = { 'key-of-acme': { id: 'acme', plan: 'basic' } }

interface Options {
  readonly store?: Store
  readonly tenants?: ReadonlyMap<string, Tenant>
}

if (import.meta.main) {
  await server().listen({ port: Number(process.env.PORT ?? 3000), host: '::' })
  console.log('GET /search')
}
