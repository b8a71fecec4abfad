import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common'
import { APP_GUARD, ModuleRef } from '@nestjs/core'
import { expectOptions, shown } from '@sluice/core/internal'
import { limitsToken, RateLimitGuard } from './rate-limit-guard.ts'
import type { NestRequest, RateLimitOptions } from './rate-limit-options.ts'
import { rateLimits } from './rate-limits.ts'

/** Which routes the options are for. */
export interface RateLimitScope {
  /** Whether they are for all routes (default), or for those with `@UseGuards(RateLimitGuard)`. */
  readonly allRoutes?: boolean | undefined
}

/** The options of `RateLimitModule.forRoot`. Without a `limiter`, only routes with one of their own are limited. */
export interface RateLimitModuleOptions<Request = NestRequest> extends RateLimitOptions<Request>, RateLimitScope {}

/** The options of `RateLimitModule.forRootAsync`: how to make those of `forRoot`. */
export interface RateLimitModuleAsyncOptions<Request = NestRequest> extends RateLimitScope {
  /** Modules of what is injected. */
  readonly imports?: ModuleMetadata['imports'] | undefined
  /** The injection tokens of what `useFactory` is given. */
  readonly inject?: FactoryProvider['inject'] | undefined
  readonly useFactory: FactoryProvider<RateLimitOptions<Request>>['useFactory']
}

/** Limits the routes of an application. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest makes modules of classes.
export class RateLimitModule {
  /** The module with these options. Where they are wrong, the application does not start. */
  static forRoot<Request = NestRequest>(options: RateLimitModuleOptions<Request>): DynamicModule {
    const { allRoutes, ...limits } = options
    return moduleOf({ allRoutes, useFactory: () => limits })
  }

  /** The module with options that are made when the application starts, of what is injected: a client of Redis, say. */
  static forRootAsync<Request = NestRequest>(options: RateLimitModuleAsyncOptions<Request>): DynamicModule {
    expectOptions('RateLimitModule.forRootAsync', options, ['allRoutes', 'imports', 'inject', 'useFactory'])
    return moduleOf(options)
  }
}

Module({})(RateLimitModule)

const optionsToken = Symbol('sluice:rate-limit-options')

function moduleOf<Request>(options: RateLimitModuleAsyncOptions<Request>): DynamicModule {
  const { allRoutes = true, imports = [], inject = [], useFactory } = options
  if (typeof allRoutes !== 'boolean') {
    throw new TypeError(`Expected \`allRoutes\` to be a boolean, got ${shown(allRoutes)}`)
  }
  return {
    module: RateLimitModule,
    global: true,
    imports,
    providers: [
      { provide: optionsToken, inject, useFactory },
      { provide: limitsToken, inject: [optionsToken, ModuleRef], useFactory: rateLimits },
      ...(allRoutes ? [{ provide: APP_GUARD, useClass: RateLimitGuard }] : []),
    ],
    exports: [limitsToken],
  }
}
