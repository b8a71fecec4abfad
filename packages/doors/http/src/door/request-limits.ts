import type { Decision } from '@sluice/core'
import { type FieldForm, limitFields } from '../emit/limit-fields.ts'
import type { DecisionNumbers, QuotaSource } from '../emit/quota.ts'
import { exposedNames } from '../emit/refusal.ts'

/** A decision on a request, and how its response is to say so. */
export interface RequestLimit {
  readonly decision: DecidedAt
  readonly limiter: QuotaSource
  readonly fields: readonly FieldForm[]
}

/** A decision that says when it was made. */
export type DecidedAt = Decision & Pick<DecisionNumbers, 'at'>

const limitsByRequest = new WeakMap<Request, readonly RequestLimit[]>()

/** Remembers a decision, for as long as the request lives. */
export function rememberLimit(request: Request, limit: RequestLimit): void {
  limitsByRequest.set(request, [...(limitsByRequest.get(request) ?? []), limit])
}

/** The latest decision that a door made on a request, for a refund or a look; `undefined` if no door decided. */
export function decisionOf(request: Request): DecidedAt | undefined {
  return limitsByRequest.get(request)?.at(-1)?.decision
}

/**
 * The response with the fields of all doors that the request has passed. Redirects and switched protocols are returned
 * unchanged. If scripts of other origins may read the response (CORS), they may read the fields, too.
 */
export function withLimitFields(request: Request, response: Response): Response {
  const limits = limitsByRequest.get(request) ?? []
  const isPlain = response.status >= 200 && (response.status < 300 || response.status >= 400)
  if (limits.length === 0 || !isPlain) return response

  const fields = new Headers()
  for (const { decision, limiter, fields: forms } of limits) {
    for (const [name, value] of Object.entries(limitFields(decision, limiter, forms))) {
      // Draft 11 lists the policies of all doors. The older forms know one policy: that of the last door.
      if (forms.includes('draft-11') && !name.startsWith('X-')) fields.append(name, value)
      else fields.set(name, value)
    }
  }
  // The headers of a response that came from `fetch` cannot be changed.
  const copy = new Response(response.body, response)
  fields.forEach((value, name) => {
    copy.headers.set(name, value)
  })
  const exposed = exposedNames(Object.fromEntries(fields))
  if (exposed !== '' && copy.headers.has('Access-Control-Allow-Origin')) {
    copy.headers.append('Access-Control-Expose-Headers', exposed)
  }
  return copy
}
