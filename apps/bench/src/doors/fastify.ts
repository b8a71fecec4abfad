import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { rateLimit } from '@sluice/fastify'
import { type FastifyPluginAsync, type FastifyRequest, fastify } from 'fastify'
import { type Contender, doorOptions } from './contender.ts'
import { quota, userField } from './task.ts'

// Not imported: its types and those of our plugin say different things of one method.
const peer = createRequire(import.meta.url)('@fastify/rate-limit') as FastifyPluginAsync<Record<string, unknown>>

/** Fastify 5, and @fastify/rate-limit or our plugin. */
export async function serveFastify(contender: Contender): Promise<Server> {
  const app = fastify()
  const { limiter, client } = contender
  if (limiter === 'sluice') await app.register(rateLimit, { ...doorOptions(contender, 'Fastify'), key: userOf })
  if (limiter === 'peer') {
    const max = quota.limit
    await app.register(peer, { max, timeWindow: quota.windowMs, keyGenerator: userOf, redis: client })
  }
  app.get('/', async (_request, reply) => reply.type('text/plain').send('fine'))
  await app.ready()
  return app.server
}

function userOf(request: FastifyRequest): string {
  return request.headers[userField] as string
}
