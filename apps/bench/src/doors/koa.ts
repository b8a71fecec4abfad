import { createServer, type Server } from 'node:http'
import { rateLimit } from '@sluice/koa'
import Koa, { type Context } from 'koa'
import peer from 'koa-ratelimit'
import { type Contender, doorOptions } from './contender.ts'
import { quota, userField } from './task.ts'

/** Koa 3, and koa-ratelimit or our door. */
export async function serveKoa(contender: Contender): Promise<Server> {
  const app = new Koa()
  if (contender.limiter === 'sluice') app.use(rateLimit({ ...doorOptions(contender, 'Koa'), key: userOf }))
  if (contender.limiter === 'peer') app.use(koaRatelimit(contender))
  app.use((ctx) => {
    ctx.body = 'fine'
  })
  return createServer(app.callback())
}

function userOf(ctx: Context): string {
  return ctx.get(userField)
}

function koaRatelimit({ client }: Contender) {
  const common = { duration: quota.windowMs, max: quota.limit, id: userOf }
  return client === undefined
    ? peer({ ...common, driver: 'memory', db: new Map() })
    : // Its types are those of another ioredis.
      peer({ ...common, driver: 'redis', db: client as never })
}
