import type { Decision } from '@sluice/core'
import { passedDoors } from './passed-doors.ts'
import { responseFields } from './response-fields.ts'

/** The latest decision that a door made on a request, for a refund or a look; `undefined` if no door decided. */
export function decisionOf(request: Request): Decision | undefined {
  return passedDoors(request)?.doors.at(-1)?.visit.decision
}

/** The response with the fields of all doors that the request has passed. Redirects and switched protocols are returned unchanged. */
export function withLimitFields(request: Request, response: Response): Response {
  const passed = passedDoors(request)
  const isPlain = response.status >= 200 && (response.status < 300 || response.status >= 400)
  if (passed === undefined || !isPlain) return response

  // The headers of a response that came from `fetch` cannot be changed.
  const copy = new Response(response.body, response)
  const current = (name: string): string | undefined => copy.headers.get(name) ?? undefined
  for (const { visit, settings } of passed.doors) {
    for (const [name, value] of Object.entries(responseFields(passed, current, visit.fields, settings.fields)))
      copy.headers.set(name, value)
  }
  return copy
}
