import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common'
import type { RateLimits } from './rate-limits.ts'

/** The injection token of the limits of an application. */
export const limitsToken: unique symbol = Symbol('sluice:rate-limits')

/**
 * Lets a request on to its handler, or throws a `RateLimitException`. The module puts it before all routes; with `allRoutes: false`
 * it stands where `@UseGuards(RateLimitGuard)` does. A class, because Nest makes guards of classes.
 */
export class RateLimitGuard implements CanActivate {
  readonly canActivate: (context: ExecutionContext) => Promise<boolean>

  constructor(limits: RateLimits) {
    this.canActivate = limits.canActivate
  }
}

// As decorators: their syntax would keep the source from being plain TypeScript that Node runs.
Injectable()(RateLimitGuard)
Inject(limitsToken)(RateLimitGuard, undefined, 0)
