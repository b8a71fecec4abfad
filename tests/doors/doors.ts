import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { serve } from '@hono/node-server'
import { All, Controller, type ExecutionContext, HttpException, Module, Req, Res, StreamableFile } from '@nestjs/common'
import { HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Cost, Decision, Key } from '@sluice/core'
import { rateLimit as forExpress } from '@sluice/express'
import { rateLimit as forFastify } from '@sluice/fastify'
import { rateLimit as forHono } from '@sluice/hono'
import type { DoorLimiter, FieldForm, Outcome } from '@sluice/http'
import { rateLimit as forKoa } from '@sluice/koa'
import { type NestRequest, RateLimitDecision, RateLimitModule } from '@sluice/nest'
import express from 'express'
// @ts-expect-error: its types are those of Express 4, which are not installed beside those of 5.
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

/** What a handler of the tests is given, whatever the framework. */
export interface Asked {
  readonly header: (name: string) => string | undefined
  readonly decision: Decision | undefined
}

/** What it answers. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | ReadableStream<Uint8Array>
}

/** The options that all doors have, over `header`, so that one test can be run on each. */
export interface CommonOptions {
  readonly limiter: DoorLimiter | ((header: Asked['header']) => DoorLimiter | undefined)
  readonly key?: ((header: Asked['header']) => Key | Promise<Key>) | undefined
  readonly cost?: Cost | ((header: Asked['header']) => Cost) | undefined
  readonly skip?: ((header: Asked['header']) => boolean) | undefined
  readonly refund?: ((outcome: Outcome) => boolean | Cost) | undefined
  readonly charge?: ((outcome: Outcome) => Cost) | undefined
  readonly refuseWith?: string | undefined
  readonly fields?: readonly FieldForm[] | undefined
}

export interface Service {
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

type Handle = (asked: Asked) => Answer | Promise<Answer>

/** A framework with a door before its only handler. */
export type Serve = (options: CommonOptions, handle: Handle) => Promise<Service>

/** A framework with a door behind the other before its only handler. */
export type ServeRow = (doors: readonly CommonOptions[], handle: Handle) => Promise<Service>

/** The doors of which a request may pass several. */
export const rows: readonly (readonly [name: string, serve: ServeRow])[] = [
  ['Express 5', serveExpress(express)],
  ['Express 4', serveExpress(express4 as unknown as typeof express)],
  ['Koa', serveKoa],
  ['Fastify', serveFastify],
  ['Hono', serveHono],
]

/** Every door, each with the framework that it stands in. */
export const doors: readonly (readonly [name: string, serve: Serve])[] = [
  ...rows.map(
    ([name, serveRow]) =>
      [name, (options, handle) => serveRow([options], handle)] as const satisfies readonly [string, Serve],
  ),
  ['Nest on Express', serveNest(() => new ExpressAdapter())],
  ['Nest on Fastify', serveNest(() => new FastifyAdapter())],
]

type HeaderOf<Args extends readonly unknown[]> = (...args: Args) => Asked['header']

/** The options for one framework: only what was given, because an option that does nothing is refused. */
function optionsFor<Args extends readonly unknown[]>(options: CommonOptions, headerOf: HeaderOf<Args>) {
  const { limiter, key, cost, skip, refund, charge, fields } = options
  return {
    limiter: typeof limiter === 'function' ? (...args: Args) => limiter(headerOf(...args)) : limiter,
    key: key === undefined ? undefined : (...args: Args) => key(headerOf(...args)),
    cost: typeof cost === 'function' ? (...args: Args) => cost(headerOf(...args)) : cost,
    skip: skip === undefined ? undefined : (...args: Args) => skip(headerOf(...args)),
    refund: refund === undefined ? undefined : (...args: [...Args, Outcome]) => refund(args.at(-1) as Outcome),
    charge: typeof charge === 'function' ? (...args: [...Args, Outcome]) => charge(args.at(-1) as Outcome) : charge,
    fields,
  }
}

function serveExpress(framework: typeof express): ServeRow {
  return async (doors, handle) => {
    const app = framework()
    for (const options of doors) {
      const { refuseWith } = options
      app.use(
        forExpress({
          ...optionsFor(options, (request: express.Request) => (name) => request.get(name)),
          refuse: refuseWith === undefined ? undefined : (_request, response) => response.send(refuseWith),
        }),
      )
    }
    app.use(async (request, response, next) => {
      try {
        const answer = await handle({ header: (name) => request.get(name), decision: request.rateLimit })
        response.status(answer.status ?? 200).set(answer.headers ?? {})
        if (answer.body instanceof ReadableStream) for await (const chunk of answer.body) response.write(chunk)
        else response.write(answer.body ?? 'fine')
        response.end()
      } catch (error) {
        next(error)
      }
    })
    // As Express would, but for the stack, which it prints.
    const failed: express.ErrorRequestHandler = (_error, _request, response, _next) => void response.sendStatus(500)
    app.use(failed)
    return listen(createServer(app))
  }
}

async function serveKoa(doors: readonly CommonOptions[], handle: Handle): Promise<Service> {
  const app = new Koa()
  app.silent = true
  for (const options of doors) {
    const { refuseWith } = options
    app.use(
      forKoa({
        ...optionsFor(options, (ctx: Koa.Context) => (name) => ctx.get(name) || undefined),
        refuse:
          refuseWith === undefined
            ? undefined
            : (ctx) => {
                ctx.body = refuseWith
              },
      }),
    )
  }
  app.use(async (ctx) => {
    const answer = await handle({ header: (name) => ctx.get(name) || undefined, decision: ctx.state.rateLimit })
    ctx.status = answer.status ?? 200
    ctx.set({ ...answer.headers })
    ctx.body = answer.body ?? 'fine'
  })
  return listen(createServer(app.callback()))
}

async function serveFastify([first, ...others]: readonly CommonOptions[], handle: Handle): Promise<Service> {
  const app = fastify()
  const own = (options: CommonOptions) => ({
    ...optionsFor(options, (request: import('fastify').FastifyRequest) => (name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : undefined
    }),
    refuse: options.refuseWith === undefined ? undefined : () => options.refuseWith,
  })
  await app.register(forFastify, own(first as CommonOptions))
  // The hooks of a route run after those that the plugin adds to it, or before: here, the order does not matter.
  app.get('/', { onRequest: others.map((options) => app.rateLimit(own(options))) }, async (request, reply) => {
    const header = (name: string): string | undefined => request.headers[name]?.toString()
    const answer = await handle({ header, decision: request.rateLimit ?? undefined })
    return reply
      .code(answer.status ?? 200)
      .headers({ ...answer.headers })
      .send(answer.body ?? 'fine')
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return serviceOf(app.server, () => app.close())
}

async function serveHono(doors: readonly CommonOptions[], handle: Handle): Promise<Service> {
  const app = new Hono()
  for (const options of doors) {
    const { refuseWith } = options
    const own = optionsFor(options, (c: import('hono').Context) => (name) => c.req.header(name))
    app.use(
      forHono({
        ...own,
        key: own.key ?? (() => 'everybody'),
        refuse:
          refuseWith === undefined
            ? undefined
            : (c, { refusal }) => c.body(refuseWith, refusal.status as 429, { ...refusal.headers }),
      }),
    )
  }
  app.get('/', async (c) => {
    const decision = (c as import('hono').Context).get('rateLimit') as Decision | undefined
    const answer = await handle({ header: (name) => c.req.header(name), decision })
    return new Response(answer.body ?? 'fine', { status: answer.status ?? 200, headers: { ...answer.headers } })
  })
  app.onError((_error, c) => c.text('failed', 500))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  return serviceOf(server, () => closed(server))
}

function serveNest(adapter: () => ExpressAdapter | FastifyAdapter): Serve {
  return async (options, handle) => {
    const headerOf = (request: NestRequest) => (name: string) => request.headers[name]?.toString()
    const { refuseWith } = options

    @Controller()
    class Root {
      @All()
      async all(@Req() request: NestRequest, @Res() response: never, @RateLimitDecision() decision?: Decision) {
        const { httpAdapter } = app.get(HttpAdapterHost)
        const answer = await handle({ header: headerOf(request), decision })
        for (const [name, value] of Object.entries(answer.headers ?? {})) httpAdapter.setHeader(response, name, value)
        const body = answer.body ?? 'fine'
        const sent = body instanceof ReadableStream ? new StreamableFile(Readable.fromWeb(body as never)) : body
        httpAdapter.reply(response, sent, answer.status ?? 200)
      }
    }

    const limits = RateLimitModule.forRoot({
      ...optionsFor(options, (request: NestRequest, _context: ExecutionContext) => headerOf(request)),
      refuse:
        refuseWith === undefined
          ? undefined
          : (_request, _context, { refusal }) => new HttpException(refuseWith, refusal.status),
    })
    class Service {}
    Module({ imports: [limits], controllers: [Root] })(Service)
    const app = await NestFactory.create(Service, adapter(), { logger: false, abortOnError: false })
    await app.listen(0, '127.0.0.1')
    return serviceOf(app.getHttpServer(), () => app.close())
  }
}

async function listen(server: Server): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return serviceOf(server, () => closed(server))
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function serviceOf(server: Server, close: () => Promise<unknown>): Service {
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    server,
    close: async () => {
      await close()
    },
  }
}
