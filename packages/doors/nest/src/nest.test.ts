import type { AddressInfo } from 'node:net'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  Get,
  HttpCode,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  UseFilters,
  UseGuards,
} from '@nestjs/common'
import { ExternalContextCreator, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { createLimiter, type Decision, memoryStore, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  RateLimit,
  RateLimitDecision,
  RateLimitException,
  RateLimitGuard,
  RateLimitModule,
  type RateLimitModuleOptions,
  type RateLimitOptions,
  SkipRateLimit,
} from './index.ts'

const start = Date.UTC(2026, 10, 27)
const store = () => memoryStore({ clock: () => start })

function limiterOf(limit: number, name = 'api'): SyncLimiter {
  return createLimiter({ name, policy: fixedWindow({ limit, window: '1h' }), store: store() })
}

const applications: INestApplication[] = []
afterEach(async () => {
  for (const application of applications.splice(0)) await application.close()
})

type Controllers = readonly (new () => object)[]

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the door of Nest on %s', (_platform, adapter) => {
  /** An application of a module and controllers; the way to ask it. */
  async function serve(limits: DynamicModule, controllers: Controllers, providers: DynamicModule['providers'] = []) {
    class App {}
    Module({ imports: [limits], controllers: [...controllers], providers })(App)
    const application = await NestFactory.create(App, adapter(), { logger: false, abortOnError: false })
    applications.push(application)
    await application.listen(0, '127.0.0.1')
    const { port } = application.getHttpServer().address() as AddressInfo
    return (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  }

  const forRoot = (options: RateLimitModuleOptions) => RateLimitModule.forRoot(options)

  @Controller()
  class Plain {
    @Get('plain')
    plain(@RateLimitDecision() decision?: Decision) {
      return { remaining: decision?.remaining ?? null }
    }

    @Get('second')
    second() {
      return {}
    }
  }

  it('limits all routes together, and gives the decision to the handler', async () => {
    const ask = await serve(forRoot({ limiter: limiterOf(2) }), [Plain])
    const first = await ask('/plain')
    expect(await first.json()).toEqual({ remaining: 1 })
    expect(first.headers.get('RateLimit')).toBe('"api";r=1;t=1800')
    expect((await ask('/second')).status).toBe(200)

    const refused = await ask('/plain')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('3600')
    expect(refused.headers.get('Content-Type')).toMatch(/^application\/problem\+json/)
    expect(await refused.json()).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Request cannot be satisfied as assigned quota has been exceeded',
      status: 429,
      'violated-policies': ['api'],
    })
  })

  it('takes what a route says before what its controller says, and that before what the module says', async () => {
    const strict = limiterOf(1, 'strict')

    @Controller()
    @RateLimit({ limiter: limiterOf(2, 'controller'), fields: ['draft-6'] })
    class Limited {
      @Get('own')
      @RateLimit({ limiter: strict })
      own() {
        return {}
      }

      @Get('common')
      common() {
        return {}
      }

      @Get('free')
      @SkipRateLimit()
      free(@RateLimitDecision() decision?: Decision) {
        return { decision: decision ?? null }
      }
    }

    @Controller('skipped')
    @SkipRateLimit()
    class Skipped {
      @Get('free')
      free() {
        return {}
      }

      @Get('limited')
      @RateLimit({ key: () => 'ann' })
      limited() {
        return {}
      }
    }

    const api = limiterOf(1)
    const ask = await serve(forRoot({ limiter: api, key: () => 'everybody' }), [Limited, Skipped])
    const statuses = async (path: string, times: number) =>
      Promise.all(Array.from({ length: times }, async () => (await ask(path)).status)).then((all) => all.sort())

    const own = await ask('/own')
    expect(own.headers.get('RateLimit-Policy')).toBe('1;w=3600')
    expect(await statuses('/own', 2)).toEqual([429, 429])
    expect(await statuses('/common', 3)).toEqual([200, 200, 429])
    expect(await (await ask('/free')).json()).toEqual({ decision: null })
    expect(await statuses('/skipped/free', 3)).toEqual([200, 200, 200])
    expect(await statuses('/skipped/limited', 2)).toEqual([200, 429])
    expect(api.peekSync('everybody').remaining).toBe(1)
    expect(api.peekSync('ann').remaining).toBe(0)
    expect(strict.peekSync('everybody').remaining).toBe(0)
  })

  it('finds a limiter that is a provider, and takes options of what is injected', async () => {
    @Injectable()
    class Limits {
      readonly key = 'from the provider'
    }
    @Module({ providers: [Limits], exports: [Limits] })
    class LimitsModule {}

    const login = limiterOf(1, 'login')
    @Controller()
    class Login {
      readonly limiter: SyncLimiter

      constructor(@Inject('LOGIN') limiter: SyncLimiter) {
        this.limiter = limiter
      }

      @Post('login')
      @HttpCode(200)
      @RateLimit({ limiter: 'LOGIN' })
      login() {
        return { same: this.limiter === login }
      }
    }

    const api = limiterOf(1)
    const limits = RateLimitModule.forRootAsync({
      imports: [LimitsModule],
      inject: [Limits],
      useFactory: async ({ key }: Limits): Promise<RateLimitOptions> => ({ limiter: 'API', key: () => key }),
    })
    const providers = [
      { provide: 'LOGIN', useValue: login },
      { provide: 'API', useFactory: async () => api },
    ]
    const ask = await serve(limits, [Plain, Login as new () => object], providers)
    expect((await ask('/plain')).status).toBe(200)
    expect(api.peekSync('from the provider').remaining).toBe(0)
    expect(await (await ask('/login', { method: 'POST' })).json()).toEqual({ same: true })
    expect((await ask('/login', { method: 'POST' })).status).toBe(429)
  })

  it('stands only where it is asked to', async () => {
    @Controller()
    class Some {
      @Get('limited')
      @UseGuards(RateLimitGuard)
      limited() {
        return {}
      }

      @Get('free')
      free() {
        return {}
      }
    }
    const ask = await serve(forRoot({ limiter: limiterOf(1), allRoutes: false }), [Some])
    const statuses: number[] = []
    for (const path of ['/limited', '/limited', '/free']) statuses.push((await ask(path)).status)
    expect(statuses).toEqual([200, 429, 200])
  })

  it('lists a limit once, and warns once, where the guard stands before a route twice', async () => {
    @Controller()
    class Twice {
      @Get('twice')
      @UseGuards(RateLimitGuard)
      twice() {
        return {}
      }
    }
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const ask = await serve(forRoot({ limiter: limiterOf(9) }), [Twice])
      for (const left of [7, 5]) {
        expect((await ask('/twice')).headers.get('RateLimit')).toBe(`"api";r=${left};t=${left * 400}`)
      }
      const codes = warn.mock.calls.map(([, options]) => (options as { code?: string } | undefined)?.code)
      expect(codes.filter((code) => code?.startsWith('SLUICE'))).toEqual(['SLUICE_COUNTED_TWICE'])
    } finally {
      warn.mockRestore()
    }
  })

  it('counts by the address of the client, and as the application trusts its proxies', async () => {
    const limiter = limiterOf(1)
    const ask = await serve(forRoot({ limiter }), [Plain])
    const forged = { headers: { 'X-Forwarded-For': '192.0.2.7' } }
    expect((await ask('/plain', forged)).status).toBe(200)
    expect((await ask('/plain', { headers: { 'X-Forwarded-For': '192.0.2.8' } })).status).toBe(429)
    expect(limiter.peekSync('127.0.0.1').remaining).toBe(0)
  })

  it('lets filters answer a refusal, or another exception take its place', async () => {
    @Catch(RateLimitException)
    class Busy implements ExceptionFilter<RateLimitException> {
      catch({ decision }: RateLimitException, host: ArgumentsHost) {
        const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: string): void } }>()
        response.status(420).send(`wait ${decision.retryAfterMs} ms`)
      }
    }

    @Controller()
    class Filtered {
      @Get('filtered')
      @UseFilters(Busy)
      filtered() {
        return {}
      }

      @Get('hidden')
      @RateLimit({ refuse: () => new NotFoundException() })
      hidden() {
        return {}
      }
    }
    const ask = await serve(forRoot({ limiter: limiterOf(1) }), [Filtered])
    await ask('/filtered')
    const filtered = await ask('/filtered')
    expect([filtered.status, await filtered.text()]).toEqual([420, 'wait 3600000 ms'])
    expect(filtered.headers.get('Retry-After')).toBe('3600')
    expect((await ask('/hidden')).status).toBe(404)
  })

  it('counts failures alone, also where the handler throws', async () => {
    const limiter = limiterOf(1)
    const refunds: string[] = []
    let refunded = (): void => {}
    const watched = {
      ...limiter,
      async refund(...args: Parameters<SyncLimiter['refund']>) {
        const decision = await limiter.refund(...args)
        refunds.push(String(args[0]))
        refunded()
        return decision
      },
    }
    @Controller()
    class Sessions {
      @Get('session/:id')
      session(@Param('id') id: string, @Query('fails') fails?: string) {
        if (fails !== undefined) throw new NotFoundException()
        return { id }
      }
    }
    const key = (request: { readonly params: { readonly id: string } }) => request.params.id
    const limits = RateLimitModule.forRoot({ limiter: watched, key, refund: (_r, _c, { status }) => status < 400 })
    const ask = await serve(limits, [Sessions])
    for (let i = 0; i < 3; i += 1) {
      const given = new Promise<void>((resolve) => {
        refunded = resolve
      })
      expect((await ask('/session/7')).status).toBe(200)
      await given
    }
    expect((await ask('/session/7?fails')).status).toBe(404)
    expect((await ask('/session/7')).status).toBe(429)
    expect((await ask('/session/8')).status).toBe(200)
    expect(refunds.slice(0, 3)).toEqual(['7', '7', '7'])
  })

  it('leaves errors of the functions in its options to the filters, and counts nothing', async () => {
    const limiter = limiterOf(1)
    const fails = async (): Promise<string> => {
      throw new Error('no session')
    }
    const ask = await serve(forRoot({ limiter, key: fails }), [Plain])
    expect((await ask('/plain')).status).toBe(500)
    expect(limiter.peekSync('everybody').remaining).toBe(1)
  })

  it('does not start with options that are wrong, or do nothing', async () => {
    const limiter = limiterOf(1)
    const wrong = (options: object): Promise<unknown> => serve(forRoot(options as RateLimitModuleOptions), [Plain])
    await expect(wrong({ limiter: 5 })).rejects.toThrow('Expected `limiter` to be a limiter')
    await expect(wrong({ limiter, ttl: 60 })).rejects.toThrow('`ttl`')
    await expect(wrong({ limiter, exchange: {} })).rejects.toThrow(
      'Expected `exchange` to be a function, got an object',
    )
    await expect(wrong({ limiter: 'NOWHERE' })).rejects.toThrow('NOWHERE')
    await expect(async () => wrong({ limiter, allRoutes: 'no' })).rejects.toThrow(
      'Expected `allRoutes` to be a boolean',
    )

    @Controller()
    class Wrong {
      @Get()
      // @ts-expect-error There is no such option.
      @RateLimit({ windowMs: 1000 })
      get() {
        return {}
      }
    }
    await expect(serve(forRoot({ limiter }), [Wrong])).rejects.toThrow('`windowMs`')
    // @ts-expect-error There is no such option.
    expect(() => RateLimitModule.forRootAsync({ useClass: Wrong })).toThrow('`useClass`')
  })
})

describe('a context that is not of HTTP', () => {
  class Resolver {
    field() {
      return 'fine'
    }
  }

  async function contextOf(options: RateLimitModuleOptions) {
    class App {}
    Module({ imports: [RateLimitModule.forRoot(options)], providers: [Resolver] })(App)
    const application = await NestFactory.create(App, new ExpressAdapter(), { logger: false, abortOnError: false })
    applications.push(application)
    await application.init()
    const resolver = application.get(Resolver)
    // As the package for GraphQL makes its resolvers.
    return application
      .get(ExternalContextCreator)
      .create(resolver, resolver.field, 'field', undefined, undefined, undefined, undefined, undefined, 'graphql')
  }

  it('starts with good options only, also where there is no controller', async () => {
    await expect(contextOf({ limiter: 5 as never })).rejects.toThrow('Expected `limiter` to be a limiter')
  })

  it('is refused where nobody says what its request is', async () => {
    const field = await contextOf({ limiter: limiterOf(1) })
    await expect(field({}, {}, {}, {})).rejects.toThrow('Expected a context of HTTP, got one of graphql')
  })

  it('is limited by the request that it belongs to, once for each field', async () => {
    const response = { get: vi.fn(), set: vi.fn() }
    const field = await contextOf({
      limiter: limiterOf(1),
      key: () => 'ann',
      exchange: (context) => context.getArgByIndex(2),
    })
    expect(await field({}, {}, { request: {}, response }, {})).toBe('fine')
    await expect(field({}, {}, { request: {}, response }, {})).rejects.toThrow(RateLimitException)
    expect(response.set).toHaveBeenCalledWith('Retry-After', '3600')
  })

  it('lists a limit once, however many fields were counted, and does not warn of it', async () => {
    const fields = new Map<string, string>()
    const response = {
      get: (name: string) => fields.get(name),
      set: (name: string, value: string) => fields.set(name, value),
    }
    const field = await contextOf({
      limiter: limiterOf(9),
      key: () => 'ann',
      exchange: (context) => context.getArgByIndex(2),
    })
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      for (let i = 0; i < 3; i += 1) await field({}, {}, { request: {}, response }, {})
      expect(fields.get('RateLimit')).toBe('"api";r=6;t=2400')
      expect(warn).not.toHaveBeenCalled()
    } finally {
      warn.mockRestore()
    }
  })
})
