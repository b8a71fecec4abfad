import { createServer, type Server } from 'node:http'
import { rateLimit } from '@sluice/express'
import express, { type Request } from 'express'
import { rateLimit as peer } from 'express-rate-limit'
import { type RedisReply, RedisStore } from 'rate-limit-redis'
import { type Contender, doorOptions } from './contender.ts'
import { quota, userField } from './task.ts'

/** Express 5, and express-rate-limit before it or our door. */
export async function serveExpress(contender: Contender): Promise<Server> {
  const app = express()
  if (contender.limiter === 'sluice') app.use(rateLimit({ ...doorOptions(contender, 'Express'), key: userOf }))
  if (contender.limiter === 'peer') app.use(expressRateLimit(contender))
  app.get('/', (_request, response) => void response.type('text').send('fine'))
  return createServer(app)
}

function userOf(request: Request): string {
  return request.headers[userField] as string
}

function expressRateLimit({ client }: Contender) {
  return peer({
    windowMs: quota.windowMs,
    limit: quota.limit,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    keyGenerator: userOf,
    ...(client !== undefined && {
      store: new RedisStore({
        sendCommand: (name: string, ...args: string[]) => client.call(name, args) as Promise<RedisReply>,
      }),
    }),
  })
}
