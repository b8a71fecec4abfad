import type { FieldForm } from '@sluice/http'

/** The frameworks, each with the limiter that its users take, the fields that this one writes, and what may be lost to no limiter. */
export const frameworks = {
  Express: { packages: ['express'], peer: 'express-rate-limit', fields: 'draft-6', atLeast: 0.9 },
  Fastify: { packages: ['fastify'], peer: '@fastify/rate-limit', fields: 'x-ratelimit', atLeast: 0.8 },
  Hono: { packages: ['hono', '@hono/node-server'], peer: 'hono-rate-limiter', fields: 'draft-6', atLeast: 0.8 },
  Koa: { packages: ['koa'], peer: 'koa-ratelimit', fields: 'x-ratelimit', atLeast: 0.9 },
  Nest: { packages: ['@nestjs/core'], peer: '@nestjs/throttler', fields: 'x-ratelimit', atLeast: 0.9 },
} as const satisfies Readonly<Record<string, FrameworkFacts>>

interface FrameworkFacts {
  readonly packages: readonly string[]
  readonly peer: string
  readonly fields: FieldForm
  /** The throughput of the door in memory, to that of no limiter. */
  readonly atLeast: number
}

export type Framework = keyof typeof frameworks

export const frameworkNames = Object.keys(frameworks) as readonly Framework[]

/** What stands before the handler. */
export const limiterKinds = ['no limiter', 'peer', 'sluice'] as const

export type LimiterKind = (typeof limiterKinds)[number]

/** Where it counts. */
export const places = ['in memory', 'over Redis'] as const

export type Place = (typeof places)[number]

/** So many connections are open at the same time, and each has one request under way. */
export const connections = 64

/** What everybody may have: never used up. */
export const quota = { limit: 10_000_000, windowMs: 60_000 }

/** The field that tells whom a request counts for, so that all limiters have the same keys. */
export const userField = 'x-user'

/** What a helper process is asked to serve; it answers with its port. */
export interface ServeTask {
  readonly framework: Framework
  readonly limiter: LimiterKind
  /** Absent: it counts in memory. */
  readonly redisUrl?: string | undefined
}

/** What the process that asks is asked to do: so many requests; it answers with how many there were a second. */
export interface LoadTask {
  readonly url: string
  readonly requests: number
}
