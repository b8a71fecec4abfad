import type { ExecutionContext, Type } from '@nestjs/common'
import {
  type AbstractHttpAdapter,
  HttpAdapterHost,
  MetadataScanner,
  type ModuleRef,
  ModulesContainer,
  Reflector,
} from '@nestjs/core'
import {
  addressKey,
  afterResponse,
  type DoorSettings,
  expectDoorOptions,
  onEnd,
  type PassedDoors,
  passDoor,
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

/** Options whose functions take requests of whatever type: only Nest knows that they fit. */
export type AnyOptions = RateLimitOptions<never>
type OwnOptions = readonly (AnyOptions | false | undefined)[]
type Args = [request: never, context: ExecutionContext]
type Handler = ReturnType<ExecutionContext['getHandler']>
type Route = (context: ExecutionContext) => Promise<boolean>

/** The limits by the options of the application, and by those that routes have beside them. */
export function rateLimits(common: AnyOptions, nest: ModuleRef): RateLimits {
  const reflector = nest.get(Reflector, { strict: false })
  const routes = new WeakMap<Type, WeakMap<Handler, Route>>()
  // Not before the start is over: a limiter may be a provider.
  let shared: Route | undefined

  const make = (own: OwnOptions): Route => {
    if (own.some((options) => options !== undefined)) return routeOf(merged(common, own), nest)
    shared ??= routeOf(common, nest)
    return shared
  }
  const find = (controller: Type, handler: Handler): Route => {
    const known = routes.get(controller) ?? new WeakMap<Handler, Route>()
    routes.set(controller, known)
    const route =
      known.get(handler) ?? make(reflector.getAll<OwnOptions[number][]>(routeMetadata, [handler, controller]))
    known.set(handler, route)
    return route
  }

  return {
    canActivate: (context) => find(context.getClass(), context.getHandler())(context),
    onApplicationBootstrap() {
      make([])
      const modules = [...nest.get(ModulesContainer, { strict: false }).values()]
      for (const { metatype } of modules.flatMap(({ controllers }) => [...controllers.values()])) {
        const { prototype } = metatype as Type<Record<string, Handler>>
        for (const name of new MetadataScanner().getAllMethodNames(prototype))
          find(metatype as Type, prototype[name] as Handler)
      }
    },
  }
}

/** What the handler says goes before what its controller says, and that before what the application says. */
function merged(common: AnyOptions, [handler, controller]: OwnOptions): AnyOptions | false {
  if (handler === false || (handler === undefined && controller === false)) return false
  return { ...common, ...(controller === false ? {} : controller), ...handler }
}

function routeOf(options: AnyOptions | false, nest: ModuleRef): Route {
  if (options === false) return async () => true
  const own = [...afterResponse, 'refuse', 'exchange']
  const kind = { door: 'RateLimit', own, defaultKey: byAddress(addressKey()) }
  const settings = expectDoorOptions<Args>(kind, { ...options, limiter: resolved(options.limiter, nest) })
  const { refuse, exchange = httpExchange } = options
  const visit = visits(settings)
  const { httpAdapter } = nest.get(HttpAdapterHost, { strict: false })

  return async (context) => {
    const { request, response } = exchange(context)
    const args: Args = [request as never, context]
    const visited = await visit(args)
    if (visited === undefined) return true
    const { decision, refusal } = visited
    Object.assign(request as object, { rateLimit: decision })
    // Each field of GraphQL is guarded by itself, and counted: there one door is passed many times.
    const passed = passDoor(response as object, context.getType() === 'http' ? settings : { ...settings }, visited)
    respond(response, visited, passed, settings, httpAdapter)
    if (refusal === undefined) return true
    throw (await refuse?.(...args, { decision, refusal })) ?? new RateLimitException(decision, refusal)
  }
}

function resolved(limiter: AnyOptions['limiter'] = noLimit, nest: ModuleRef): DoorSettings<Args>['limiter'] {
  return typeof limiter === 'string' || typeof limiter === 'symbol' ? nest.get(limiter, { strict: false }) : limiter
}

function noLimit(): undefined {}

function respond(
  response: unknown,
  { refusal, fields, end }: Visit,
  passed: PassedDoors,
  settings: DoorSettings<Args>,
  adapter: AbstractHttpAdapter,
): void {
  const current = (name: string): string | undefined => adapter.getHeader(response, name)?.toString()
  const merged = responseFields(passed, current, refusal?.headers ?? fields, settings.fields)
  for (const name of Object.keys(merged)) adapter.setHeader(response, name, merged[name] as string)
  if (end !== undefined) onEnd((response as { raw?: never }).raw ?? (response as never), end)
}

function httpExchange(context: ExecutionContext): HttpExchange {
  if (context.getType() === 'http') {
    const http = context.switchToHttp()
    return { request: http.getRequest(), response: http.getResponse() }
  }
  const what = `a context of HTTP, got one of ${context.getType()}`
  throw new TypeError(`Expected ${what}: name its request and response in the \`exchange\` option`)
}

function byAddress(key: ReturnType<typeof addressKey>): (request: NestRequest) => string {
  return ({ ip, socket, headers }) => key({ ip, peer: socket.remoteAddress, headers })
}
