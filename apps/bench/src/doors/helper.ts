import 'reflect-metadata'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveTasks } from '../helper-process.ts'
import { type Contender, contenderOf } from './contender.ts'
import type { Framework, ServeTask } from './task.ts'

// Of the frameworks only the one that is measured is loaded.
const servers: Readonly<Record<Framework, () => Promise<(contender: Contender) => Promise<Server>>>> = {
  Express: async () => (await import('./express.ts')).serveExpress,
  Fastify: async () => (await import('./fastify.ts')).serveFastify,
  Hono: async () => (await import('./hono.ts')).serveHono,
  Koa: async () => (await import('./koa.ts')).serveKoa,
  Nest: async () => (await import('./nest.ts')).serveNest,
}

serveTasks(async (task: ServeTask): Promise<number> => {
  const serve = await servers[task.framework]()
  const server = await serve(await contenderOf(task))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
})
