import type { Outcome } from './after-response.ts'
import { type PassedDoor, passDoor } from './passed-doors.ts'
import { responseFields } from './response-fields.ts'
import type { Visit } from './visit.ts'

/** The part of a response of Node's `http` or `http2` that doors need. */
export interface NodeResponse {
  readonly statusCode: number
  readonly headersSent: boolean
  readonly closed: boolean
  getHeader(name: string): string | number | readonly string[] | undefined
  setHeader(name: string, value: string): unknown
  once(event: 'finish' | 'close', listener: () => void): unknown
}

/** Sets the fields of a visit on the response, and tells the visit when the response has ended. */
export function visitResponse(response: NodeResponse, settings: PassedDoor['settings'], visit: Visit): void {
  const passed = passDoor(response, settings, visit)
  if (visit.end !== undefined) onEnd(response, visit.end)
  // Somebody has answered while the limiter decided, say at a timeout.
  if (response.headersSent) return
  const current = (name: string): string | undefined => {
    const value = response.getHeader(name)
    return value === undefined ? undefined : String(value)
  }
  const fields = responseFields(passed, current, visit.refusal?.headers ?? visit.fields, settings.fields)
  for (const name of Object.keys(fields)) response.setHeader(name, fields[name] as string)
}

/** The status of a request whose client had gone before the response began, as the logs of proxies have it. */
const clientClosedRequest = 499

/** Calls, once, when all of a response was handed to the client, or the client has gone. */
export function onEnd(response: NodeResponse, end: (outcome: Outcome) => void): void {
  let completed = false
  const done = (): void => {
    // A status that was not sent is none: Node begins with 200, by which a client that hangs up would be taken for a success.
    const status = response.headersSent ? response.statusCode : clientClosedRequest
    end({ status, completed })
  }
  // Its client left while the limiter decided: no event will follow.
  if (response.closed) {
    done()
    return
  }
  response.once('finish', () => {
    completed = true
  })
  response.once('close', done)
}
