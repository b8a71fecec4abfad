import type { ExecutionContext } from '@nestjs/common'
import type { Decision } from '@sluice/core'
import type { AfterResponse, DoorOptions, Refusal } from '@sluice/http'
import type { Awaitable } from '@sluice/http/internal'

/** What requests of Express and Fastify have in common. The functions of the options may declare a type of their own. */
export interface NestRequest {
  readonly ip?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly [name: string]: unknown
}

type Args<Request> = [request: Request, context: ExecutionContext]

export interface RateLimitOptions<Request = NestRequest>
  extends Omit<DoorOptions<Args<Request>>, 'limiter' | 'key'>,
    AfterResponse<Args<Request>> {
  /**
   * The limiter, the injection token of one, or a function that chooses the one for a request, say by its tier; `undefined`: no
   * limit.
   */
  readonly limiter?: DoorOptions<Args<Request>>['limiter'] | string | symbol | undefined
  /**
   * The key that a request counts for. Default: the client's address, `request.ip`, an IPv6 one by its network of 56 bits; set
   * `trust proxy` of Express or `trustProxy` of Fastify where requests come through a proxy.
   */
  readonly key?: DoorOptions<Args<Request>>['key'] | undefined
  /** Makes another exception for a refused request than a `RateLimitException`; the fields are set already. */
  readonly refuse?: ((...args: [...Args<Request>, RefusedRequest]) => Awaitable<Error>) | undefined
  /** Where to find the request and its response in a context that is not HTTP's own, such as GraphQL's. */
  readonly exchange?: ((context: ExecutionContext) => HttpExchange) | undefined
}

/** A request and its response, as Express or Fastify made them. */
export interface HttpExchange {
  readonly request: unknown
  readonly response: unknown
}

/** Why a request is refused, and what would be sent. */
export interface RefusedRequest {
  readonly decision: Decision
  readonly refusal: Refusal
}
