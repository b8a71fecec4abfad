import type { Decision } from '@sluice/core'
import { type Awaitable, type DoorOptions, expectDoorOptions } from './door-options.ts'
import { passDoor } from './passed-doors.ts'
import { responseFields } from './response-fields.ts'
import { visits } from './visit.ts'

/** The options of `limitRequests`. `context` is what the server gives beside the request, such as the address of the peer. */
export interface LimitRequestsOptions<Context = void> extends DoorOptions<[request: Request, context: Context]> {
  /** Another response for a refused request than the problem document, whose headers `standard` has. */
  readonly refuse?: ((refused: RefusedRequest) => Awaitable<Response>) | undefined
}

/** A request that is refused. */
export interface RefusedRequest {
  readonly request: Request
  readonly decision: Decision
  /** The response unless another is made. */
  readonly standard: Response
}

/** Decides on a request: the response that refuses it, or `undefined` where it may go ahead. */
export type Door<Context = void> = (request: Request, context: Context) => Promise<Response | undefined>

/**
 * A door for servers that work with Web `Request` and `Response`. Errors of the functions in the options, and of a limiter whose
 * `failure` is `'throw'`, reject; nothing has been counted then.
 */
export function limitRequests<Context = void>(options: LimitRequestsOptions<Context>): Door<Context> {
  const settings = expectDoorOptions({ door: 'limitRequests', own: ['refuse'] }, options)
  const { refuse } = options
  const visit = visits(settings)

  return async (request, context) => {
    const visited = await visit([request, context], request.signal)
    if (visited === undefined) return undefined
    const passed = passDoor(request, settings, visited)
    const { refusal, decision } = visited
    if (refusal === undefined) return undefined
    const headers = responseFields(passed, () => undefined, refusal.headers, settings.fields)
    const standard = new Response(JSON.stringify(refusal.problem), { status: refusal.status, headers })
    return refuse === undefined ? standard : refuse({ request, decision, standard })
  }
}
