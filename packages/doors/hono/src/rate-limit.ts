import type { Decision } from '@sluice/core'
import type { AfterResponse, DoorOptions, Refusal } from '@sluice/http'
import {
  type Awaitable,
  afterResponse,
  expectDoorOptions,
  onEnd,
  passDoor,
  responseFields,
  visits,
} from '@sluice/http/internal'
import type { Context, MiddlewareHandler } from 'hono'
import { nodeResponse, onBodyEnd } from './response-end.ts'

/** The variables of a context: `new Hono<{ Variables: RateLimitVariables }>()` knows `c.get('rateLimit')`. */
export interface RateLimitVariables {
  /** What the last `rateLimit` that the request has passed decided; absent where it was not counted. */
  rateLimit?: Decision
}

type Args = [c: Context]

/** `key` has no default, because each runtime tells the address in its own way: see `getConnInfo` of Hono. */
export interface RateLimitOptions extends DoorOptions<Args>, AfterResponse<Args> {
  /** Makes another answer to a refused request than the problem document; its headers are those of `refusal`, or its own. */
  readonly refuse?: ((c: Context, refused: RefusedRequest) => Awaitable<Response>) | undefined
}

/** Why a request is refused, and what would be sent. */
export interface RefusedRequest {
  readonly decision: Decision
  readonly refusal: Refusal
}

/**
 * Middleware that lets a request on to the next, or refuses it. What the functions of its options throw goes to `app.onError`;
 * nothing has been counted then.
 */
export function rateLimit(options: RateLimitOptions): MiddlewareHandler<{ Variables: RateLimitVariables }> {
  const settings = expectDoorOptions<Args>({ door: 'rateLimit', own: [...afterResponse, 'refuse'] }, options)
  const { refuse = problemResponse } = options
  const visit = visits(settings)

  return async (c, next) => {
    const visited = await visit([c])
    if (visited === undefined) return next()
    const { decision, refusal, fields, end } = visited
    c.set('rateLimit', decision)
    const passed = passDoor(c, settings, visited)
    if (refusal !== undefined) {
      const headers = responseFields(passed, () => undefined, refusal.headers, settings.fields)
      return refuse(c, { decision, refusal: { ...refusal, headers } })
    }
    const outgoing = nodeResponse(c)
    if (end !== undefined && outgoing !== undefined) onEnd(outgoing, end)
    await next()
    // Only now: a handler may return a response of its own. Redirects and switched protocols stay as they are.
    if (c.res.ok || c.res.status >= 400)
      setFields(
        c,
        responseFields(passed, (name) => c.res.headers.get(name) ?? undefined, fields, settings.fields),
      )
    if (end !== undefined && outgoing === undefined) onBodyEnd(c, end)
  }
}

function setFields(c: Context, fields: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(fields)) c.header(name, fields[name])
}

function problemResponse(_c: Context, { refusal }: RefusedRequest): Response {
  return new Response(JSON.stringify(refusal.problem), { status: refusal.status, headers: refusal.headers })
}
