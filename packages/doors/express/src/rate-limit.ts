import type { Decision } from '@sluice/core'
import type { AfterResponse, DoorOptions, Refusal } from '@sluice/http'
import { addressKey, afterResponse, expectDoorOptions, visitResponse, visits } from '@sluice/http/internal'
import type { Request, RequestHandler, Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** What the last `rateLimit` that the request has passed decided; absent where it was not counted. */
      rateLimit?: Decision
    }
  }
}

type Args = [request: Request]

export interface RateLimitOptions extends Omit<DoorOptions<Args>, 'key'>, AfterResponse<Args> {
  /**
   * The key that a request counts for. Default: the client's address, `request.ip`, an IPv6 one by its network of 56 bits; set
   * `trust proxy` of Express where requests come through a proxy.
   */
  readonly key?: DoorOptions<Args>['key'] | undefined
  /** Sends another answer to a refused request than the problem document; the fields and the status are set already. */
  readonly refuse?: ((request: Request, response: Response, refused: RefusedRequest) => unknown) | undefined
}

/** Why a request is refused, and what would be sent. */
export interface RefusedRequest {
  readonly decision: Decision
  readonly refusal: Refusal
}

/**
 * Middleware that lets a request on to the next, or refuses it; for an app, a router or a route. What the functions of its options throw
 * goes to the error handler of Express; nothing has been counted then.
 */
export function rateLimit(options: RateLimitOptions): RequestHandler {
  const kind = { door: 'rateLimit', own: [...afterResponse, 'refuse'], defaultKey: byAddress() }
  const settings = expectDoorOptions<Args>(kind, options)
  const { refuse = sendProblem } = options
  const visit = visits(settings)

  const admits = async (request: Request, response: Response): Promise<boolean> => {
    const visited = await visit([request])
    if (visited === undefined) return true
    const { decision, refusal } = visited
    request.rateLimit = decision
    visitResponse(response, settings, visited)
    if (refusal === undefined) return true
    if (response.headersSent) return false
    response.status(refusal.status)
    await refuse(request, response, { decision, refusal })
    return false
  }

  return (request, response, next) => {
    admits(request, response).then((admitted) => {
      if (admitted) next()
    }, next)
  }
}

function byAddress(): (request: Request) => string {
  const key = addressKey()
  return ({ ip, socket, headers }) => key({ ip, peer: socket.remoteAddress, headers })
}

function sendProblem(_request: Request, response: Response, { refusal }: RefusedRequest): void {
  response.end(JSON.stringify(refusal.problem))
}
