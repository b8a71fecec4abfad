import { type CustomDecorator, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common'
import type { Decision } from '@sluice/core'
import type { NestRequest, RateLimitOptions } from './rate-limit-options.ts'

/** Where the decorators leave the options of a route or a controller; `false`: no limit. */
export const routeMetadata = 'sluice:rate-limit'

/**
 * Options for a route, or for all routes of a controller, in place of those of the same names that the controller or the module has.
 * They are checked when the application starts.
 */
export function RateLimit<Request = NestRequest>(options: RateLimitOptions<Request>): CustomDecorator {
  return SetMetadata(routeMetadata, options)
}

/** No limit for a route, or for all routes of a controller but those that have a `RateLimit` of their own. */
export function SkipRateLimit(): CustomDecorator {
  return SetMetadata(routeMetadata, false)
}

/** A parameter of a route: what was decided, a `Decision`; `undefined` where the request was not counted. */
export const RateLimitDecision: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Decision | undefined =>
    context.switchToHttp().getRequest<{ rateLimit?: Decision }>().rateLimit,
)
