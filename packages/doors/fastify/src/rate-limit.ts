import type { Decision } from '@sluice/core'
import type { AfterResponse, DoorOptions, Refusal } from '@sluice/http'
import {
  addressKey,
  afterResponse,
  expectDoorOptions,
  onEnd,
  passDoor,
  responseFields,
  visits,
} from '@sluice/http/internal'
import type {
  FastifyInstance,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  RouteOptions,
} from 'fastify'
import plugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the last rate limit that the request has passed decided; `null` where it was not counted. */
    rateLimit: Decision | null
  }
  interface FastifyContextConfig {
    /** Options for this route alone, beside those of the plugin; `false`: no limit. */
    rateLimit?: RouteRateLimit | undefined
  }
  interface FastifyInstance {
    /** A hook by other options, for one route or for `setNotFoundHandler`: a limit beside that of the plugin. */
    rateLimit(options: RateLimitOptions): onRequestAsyncHookHandler
  }
}

type Args = [request: FastifyRequest]

export interface RateLimitOptions extends Omit<DoorOptions<Args>, 'key'>, AfterResponse<Args> {
  /**
   * The key that a request counts for. Default: the client's address, `request.ip`, an IPv6 one by its network of 56 bits; set
   * `trustProxy` of Fastify where requests come through a proxy.
   */
  readonly key?: DoorOptions<Args>['key'] | undefined
  /** Makes another payload for a refused request than the problem document; the fields and the status are set already. */
  readonly refuse?: ((request: FastifyRequest, reply: FastifyReply, refused: RefusedRequest) => unknown) | undefined
}

/** What a route says of its limit in `config.rateLimit`: what it changes of the plugin's options, or `false` for no limit. */
export type RouteRateLimit = Partial<RateLimitOptions> | false

/** Why a request is refused, and what would be sent. */
export interface RefusedRequest {
  readonly decision: Decision
  readonly refusal: Refusal
}

/** Options of the plugin. Without a `limiter`, only routes with one of their own are limited. */
export type PluginOptions = Partial<RateLimitOptions> & {
  /** Which hook decides: `'onRequest'` (default), or a later one, where a key or a cost needs the body or the user. */
  readonly hook?: 'onRequest' | 'preValidation' | 'preHandler' | undefined
}

/**
 * A plugin that limits the routes of the scope it is registered in, and of those inside. What the functions of its options throw goes to
 * the error handler; nothing has been counted then.
 */
export const rateLimit: FastifyPluginCallback<PluginOptions> = plugin(
  (app: FastifyInstance, { hook = 'onRequest', ...common }: PluginOptions, done) => {
    if (!app.hasRequestDecorator('rateLimit')) app.decorateRequest('rateLimit', null)
    if (!app.hasDecorator('rateLimit')) app.decorate('rateLimit', limitHook)
    app.addHook('onRoute', (route) => addHook(route, hook, common))
    done()
  },
  { name: '@sluice/fastify', fastify: '5.x' },
)

/** Options are checked when the route is added, so that a wrong one ends the start and not a request. */
function addHook(
  route: RouteOptions,
  name: 'onRequest' | 'preValidation' | 'preHandler',
  common: Partial<RateLimitOptions>,
): void {
  const own = route.config?.rateLimit
  if (own === false) return
  const { limiter } = { ...common, ...own }
  if (limiter === undefined) return
  const before = route[name] ?? []
  route[name] = [...(Array.isArray(before) ? before : [before]), limitHook({ ...common, ...own, limiter })]
}

const kind = { door: 'rateLimit', own: [...afterResponse, 'refuse'], defaultKey: byAddress() }

function limitHook(options: RateLimitOptions): onRequestAsyncHookHandler {
  const settings = expectDoorOptions<Args>(kind, options)
  const { refuse = problemOf } = options
  const visit = visits(settings)

  return async (request, reply) => {
    const visited = await visit([request])
    if (visited === undefined) return
    const { decision, refusal, fields, end } = visited
    request.rateLimit = decision
    const current = (name: string): string | undefined => reply.getHeader(name)?.toString()
    const passed = passDoor(reply.raw, settings, visited)
    reply.headers(responseFields(passed, current, refusal?.headers ?? fields, settings.fields))
    if (refusal !== undefined)
      return reply.code(refusal.status).send(await refuse(request, reply, { decision, refusal }))
    if (end !== undefined) onEnd(reply.raw, end)
  }
}

function byAddress(): (request: FastifyRequest) => string {
  const key = addressKey()
  return ({ ip, socket, headers }) => key({ ip, peer: socket.remoteAddress, headers })
}

function problemOf(_request: FastifyRequest, _reply: FastifyReply, { refusal }: RefusedRequest): string {
  return JSON.stringify(refusal.problem)
}
