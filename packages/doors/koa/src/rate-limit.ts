import type { Decision } from '@sluice/core'
import type { AfterResponse, DoorOptions, Refusal } from '@sluice/http'
import { addressKey, afterResponse, expectDoorOptions, visitResponse, visits } from '@sluice/http/internal'
import type { Context, Middleware } from 'koa'

/** What `rateLimit` leaves in `ctx.state`. */
export interface RateLimitState {
  /** What the last `rateLimit` that the request has passed decided; absent where it was not counted. */
  rateLimit?: Decision
}

type Args = [ctx: Context]

export interface RateLimitOptions extends Omit<DoorOptions<Args>, 'key'>, AfterResponse<Args> {
  /**
   * The key that a request counts for. Default: the client's address, `ctx.ip`, an IPv6 one by its network of 56 bits; set
   * `app.proxy` and `app.maxIpsCount` of Koa where requests come through a proxy.
   */
  readonly key?: DoorOptions<Args>['key'] | undefined
  /** Sets another body of a refused request than the problem document; the fields and the status are set already. */
  readonly refuse?: ((ctx: Context, refused: RefusedRequest) => unknown) | undefined
}

/** Why a request is refused, and what would be sent. */
export interface RefusedRequest {
  readonly decision: Decision
  readonly refusal: Refusal
}

/**
 * Middleware that lets a request on to the next, or refuses it. What the functions of its options throw goes to the error handling of
 * Koa; nothing has been counted then.
 */
export function rateLimit(options: RateLimitOptions): Middleware<RateLimitState> {
  const kind = { door: 'rateLimit', own: [...afterResponse, 'refuse'], defaultKey: byAddress() }
  const settings = expectDoorOptions<Args>(kind, options)
  const { refuse = setProblem } = options
  const visit = visits(settings)

  return async (ctx, next) => {
    const visited = await visit([ctx])
    if (visited === undefined) return next()
    const { decision, refusal } = visited
    ctx.state.rateLimit = decision
    visitResponse(ctx.res, settings, visited)
    if (refusal === undefined) return next()
    ctx.status = refusal.status
    await refuse(ctx, { decision, refusal })
  }
}

function byAddress(): (ctx: Context) => string {
  const key = addressKey()
  return ({ ip, req }) => key({ ip, peer: req.socket.remoteAddress, headers: req.headers })
}

function setProblem(ctx: Context, { refusal }: RefusedRequest): void {
  ctx.body = JSON.stringify(refusal.problem)
}
