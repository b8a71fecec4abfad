import type { Decision } from '@sluice/core'
import type { FieldForm, Fields } from '../emit/limit-fields.ts'
import { responseFields } from './response-fields.ts'
import type { Visit } from './visit.ts'

interface Passed {
  readonly decision: Decision
  readonly fields: Fields
  readonly forms: readonly FieldForm[]
}

const passedByRequest = new WeakMap<Request, readonly Passed[]>()

/** Remembers a visit, for as long as the request lives. */
export function rememberVisit(request: Request, { decision, fields }: Visit, forms: readonly FieldForm[]): void {
  passedByRequest.set(request, [...(passedByRequest.get(request) ?? []), { decision, fields, forms }])
}

/** The latest decision that a door made on a request, for a refund or a look; `undefined` if no door decided. */
export function decisionOf(request: Request): Decision | undefined {
  return passedByRequest.get(request)?.at(-1)?.decision
}

/** The response with the fields of all doors that the request has passed. Redirects and switched protocols are returned unchanged. */
export function withLimitFields(request: Request, response: Response): Response {
  const passed = passedByRequest.get(request) ?? []
  const isPlain = response.status >= 200 && (response.status < 300 || response.status >= 400)
  if (passed.length === 0 || !isPlain) return response

  // The headers of a response that came from `fetch` cannot be changed.
  const copy = new Response(response.body, response)
  for (const { fields, forms } of passed) {
    const merged = responseFields((name) => copy.headers.get(name) ?? undefined, fields, forms)
    for (const [name, value] of Object.entries(merged)) copy.headers.set(name, value)
  }
  return copy
}
