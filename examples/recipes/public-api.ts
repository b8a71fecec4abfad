import { randomUUID } from 'node:crypto'
import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { rateLimit } from '@sluice/fastify'
import { fixedWindow } from '@sluice/fixed-window'
import { apiKey, clientIp, keyHash } from '@sluice/http'
import { tokenBucket } from '@sluice/token-bucket'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

// Where the table of accounts lies in a database, the same secret in every process.
const secret = process.env.KEY_SECRET ?? randomUUID()
const hash = keyHash({ secret })
const byApiKey = apiKey({ secret })

export interface Account {
  readonly id: string
  readonly tier: 'free' | 'paid' | 'staff'
}

/** By the hash of an API key: neither this table nor Redis has a key that works. An account may have several keys. */
export function accountsOf(accounts: Readonly<Record<string, Account>>): Map<string, Account> {
  return new Map(Object.entries(accounts).map(([key, account]) => [hash('api-key', key), account]))
}

const quota = (burst: number, perSecond: number, perDay: number) => ({
  burst: tokenBucket({ capacity: burst, refill: perSecond, per: '1s' }),
  daily: fixedWindow({ limit: perDay, window: '1d' }),
})
const tiers = { nobody: quota(5, 1, 50), free: quota(10, 1, 1000), paid: quota(100, 50, 100_000) }

export function server({ store = memoryStore(), accounts = accountsOf(examples) }: Options = {}): FastifyInstance {
  const limiter = createLimiter({ name: 'public-api', policies: tiers.free, store })
  const byIp = clientIp()
  const accountOf = (request: FastifyRequest) => request.getDecorator<Account | null>('account')

  const app = fastify()
  app.decorateRequest('account', null)
  app.addHook('onRequest', async (request) => {
    request.setDecorator('account', accounts.get(byApiKey(request.headers) ?? '') ?? null)
  })
  app.register(rateLimit, {
    // The same limiter with other numbers: what an account has used counts in its new tier, too.
    limiter: (request) => {
      const tier = accountOf(request)?.tier ?? 'nobody'
      return tier === 'staff' ? undefined : limiter.with({ policies: tiers[tier] })
    },
    // By the account, not by the key that it shows; and a key that nobody has by address, or each would begin a new count.
    key: (request) => {
      const account = accountOf(request)
      return account === null ? `ip:${byIp(request.ip, request.headers)}` : `account:${account.id}`
    },
  })
  app.after(() => {
    app.get('/items', async (request, reply) => {
      if (accountOf(request) === null) return reply.code(401).send({ title: 'Expected an API key' })
      return { items: [] }
    })
  })
  return app
}

const examples: Readonly<Record<string, Account>> = {
  'key-of-ann': { id: 'ann', tier: 'free' },
  'key-of-bob': { id: 'bob', tier: 'paid' },
}

interface Options {
  readonly store?: Store
  readonly accounts?: ReadonlyMap<string, Account>
}

if (import.meta.main) {
  await server().listen({ port: Number(process.env.PORT ?? 3000), host: '::' })
  console.log('GET /items')
}
