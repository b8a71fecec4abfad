import type { ExecutionContext, Type } from '@nestjs/common'
import type { DiscoveryService, HttpAdapterHost, MetadataScanner, ModuleRef, Reflector } from '@nestjs/core'
import {
  addressKey,
  afterResponse,
  type DoorSettings,
  expectDoorOptions,
  onEnd,
  responseFields,
  type Visit,
  visits,
} from '@sluice/http/internal'
import { routeMetadata } from './rate-limit.ts'
import { RateLimitException } from './rate-limit-exception.ts'
import type { HttpExchange, NestRequest, RateLimitOptions } from './rate-limit-options.ts'

/** The limits of an application: a guard without a class. */
export interface RateLimits {
  canActivate(context: ExecutionContext): Promise<boolean>
  /** Called by Nest: wrong options of a route end the start, not a request. */
  onApplicationBootstrap(): void
}

/** What of Nest is needed to find routes, providers and responses. */
export interface Nest {
  readonly reflector: Reflector
  readonly moduleRef: ModuleRef
  readonly adapterHost: HttpAdapterHost
  readonly discovery: DiscoveryService
  readonly scanner: MetadataScanner
}

/** Options whose functions take requests of whatever type: only Nest knows that they fit. */
export type AnyOptions = RateLimitOptions<never>
type Args = [request: never, context: ExecutionContext]
type Handler = ReturnType<ExecutionContext['getHandler']>
type Route = (context: ExecutionContext) => Promise<boolean>

const kind = {
  door: 'RateLimit',
  own: [...afterResponse, 'refuse', 'exchange'],
  defaultKey: byAddress(addressKey()),
}

/** The limits by the options of the application, and those that its routes have beside them. */
export function rateLimits(common: AnyOptions, nest: Nest): RateLimits {
  // Not before the start is over: a limiter may be a provider.
  let shared: Route | undefined
  const routes = new WeakMap<Type, WeakMap<Handler, Route>>()

  const findShared = (): Route => {
    shared ??= routeOf(common, nest)
    return shared
  }
  const find = (controller: Type, handler: Handler): Route => {
    const byHandler = routes.get(controller) ?? new WeakMap<Handler, Route>()
    routes.set(controller, byHandler)
    const found = byHandler.get(handler)
    if (found !== undefined) return found
    const own = nest.reflector.getAll<(AnyOptions | false | undefined)[]>(routeMetadata, [handler, controller])
    const route = own.every((options) => options === undefined) ? findShared() : routeOf(merged(common, own), nest)
    byHandler.set(handler, route)
    return route
  }

  return {
    canActivate: (context) => find(context.getClass(), context.getHandler())(context),
    onApplicationBootstrap() {
      findShared()
      for (const { metatype } of nest.discovery.getControllers()) {
        const { prototype } = metatype as Type<Record<string, Handler>>
        for (const name of nest.scanner.getAllMethodNames(prototype)) find(metatype as Type, prototype[name] as Handler)
      }
    },
  }
}

/** What the handler says goes before what its controller says, and that before what the application says. */
function merged(
  common: AnyOptions,
  [handler, controller]: readonly (AnyOptions | false | undefined)[],
): AnyOptions | false {
  if (handler === false || (handler === undefined && controller === false)) return false
  return { ...common, ...(controller === false ? {} : controller), ...handler }
}

function routeOf(options: AnyOptions | false, nest: Nest): Route {
  if (options === false) return async () => true
  const settings = expectDoorOptions<Args>(kind, { ...options, limiter: resolved(options.limiter, nest) })
  const { refuse, exchange = httpExchange } = options
  const visit = visits(settings)

  return async (context) => {
    const { request, response } = exchange(context)
    const args: Args = [request as never, context]
    const visited = await visit(args)
    if (visited === undefined) return true
    const { decision, refusal } = visited
    Object.assign(request as object, { rateLimit: decision })
    respond(response, visited, settings, nest)
    if (refusal === undefined) return true
    throw (await refuse?.(...args, { decision, refusal })) ?? new RateLimitException(decision, refusal)
  }
}

function resolved(limiter: AnyOptions['limiter'] = noLimit, { moduleRef }: Nest): DoorSettings<Args>['limiter'] {
  if (typeof limiter !== 'string' && typeof limiter !== 'symbol') return limiter
  return moduleRef.get(limiter, { strict: false })
}

function noLimit(): undefined {}

function respond(
  response: unknown,
  { refusal, fields, end }: Visit,
  settings: DoorSettings<Args>,
  { adapterHost: { httpAdapter } }: Nest,
): void {
  const current = (name: string): string | undefined => httpAdapter.getHeader(response, name)?.toString()
  const merged = responseFields(current, refusal?.headers ?? fields, settings.fields)
  for (const name of Object.keys(merged)) httpAdapter.setHeader(response, name, merged[name] as string)
  if (end !== undefined) onEnd((response as { raw?: never }).raw ?? (response as never), end)
}

function httpExchange(context: ExecutionContext): HttpExchange {
  if (context.getType() === 'http') {
    const http = context.switchToHttp()
    return { request: http.getRequest(), response: http.getResponse() }
  }
  throw new TypeError(
    `Expected a context of HTTP, got one of ${context.getType()}: name its request and response in the \`exchange\` option`,
  )
}

function byAddress(key: ReturnType<typeof addressKey>): (request: NestRequest) => string {
  return ({ ip, socket, headers }) => key({ ip, peer: socket.remoteAddress, headers })
}
