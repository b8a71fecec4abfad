import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { rateLimit } from '@sluice/hono'
import { type Context, Hono } from 'hono'
import { RedisStore, rateLimiter } from 'hono-rate-limiter'
import type { Redis } from 'ioredis'
import { type Contender, doorOptions } from './contender.ts'
import { quota, userField } from './task.ts'

/** Hono on Node, and hono-rate-limiter or our door. */
export async function serveHono(contender: Contender): Promise<Server> {
  const app = new Hono()
  if (contender.limiter === 'sluice') app.use(rateLimit({ ...doorOptions(contender, 'Hono'), key: userOf }))
  if (contender.limiter === 'peer') app.use(honoRateLimiter(contender))
  app.get('/', (c) => c.text('fine'))
  return createAdaptorServer({ fetch: app.fetch }) as Server
}

function userOf(c: Context): string {
  return c.req.header(userField) as string
}

function honoRateLimiter({ client }: Contender) {
  return rateLimiter({
    windowMs: quota.windowMs,
    limit: quota.limit,
    standardHeaders: 'draft-6',
    keyGenerator: userOf,
    ...(client !== undefined && { store: new RedisStore({ client: commandsOf(client) }) }),
  })
}

/** The client that it wants, over ioredis. */
function commandsOf(client: Redis): ConstructorParameters<typeof RedisStore>[0]['client'] {
  return {
    scriptLoad: (script: string) => client.script('LOAD', script) as Promise<string>,
    evalsha: <_Args extends unknown[], Data>(sha: string, keys: string[], args: unknown[]) =>
      client.evalsha(sha, keys.length, ...keys, ...(args as string[])) as Promise<Data>,
    decr: (key: string) => client.decr(key),
    del: (key: string) => client.del(key),
  }
}
