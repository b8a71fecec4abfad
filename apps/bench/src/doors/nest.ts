import type { Server } from 'node:http'
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis'
import { Controller, type DynamicModule, Get, Module, type Provider } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler'
import { type NestRequest, RateLimitModule } from '@sluice/nest'
import { type Contender, doorOptions } from './contender.ts'
import { quota, userField } from './task.ts'

class Root {
  get(): string {
    return 'fine'
  }
}

// As decorators: their syntax would keep the source from being plain TypeScript that Node runs.
Controller()(Root)
Get()(Root.prototype, 'get', Object.getOwnPropertyDescriptor(Root.prototype, 'get') as PropertyDescriptor)

/** Nest on Express, and @nestjs/throttler or our module. */
export async function serveNest(contender: Contender): Promise<Server> {
  class Service {}
  const { imports, providers } = limitOf(contender)
  Module({ imports, providers, controllers: [Root] })(Service)
  const app = await NestFactory.create(Service, new ExpressAdapter(), { logger: false, abortOnError: false })
  await app.init()
  return app.getHttpServer()
}

function limitOf(contender: Contender): { readonly imports: DynamicModule[]; readonly providers: Provider[] } {
  if (contender.limiter === 'sluice') {
    return { imports: [RateLimitModule.forRoot({ ...doorOptions(contender, 'Nest'), key: userOf })], providers: [] }
  }
  if (contender.limiter === 'peer') {
    return { imports: [throttler(contender)], providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }] }
  }
  return { imports: [], providers: [] }
}

function userOf(request: NestRequest): string {
  return request.headers[userField] as string
}

function throttler({ client }: Contender): DynamicModule {
  return ThrottlerModule.forRoot({
    throttlers: [{ limit: quota.limit, ttl: quota.windowMs }],
    getTracker: (request) => userOf(request as NestRequest),
    ...(client !== undefined && { storage: new ThrottlerStorageRedisService(client) }),
  })
}
