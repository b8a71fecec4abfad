/** The first argument of `fetch`. */
export type FetchInput = string | URL | Request

const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']

/** Whether it is a `Request`, of this realm or of another implementation. */
export function isRequest(input: FetchInput): input is Request {
  return typeof input === 'object' && 'method' in input
}

/** The method of a request, in capitals. */
export function methodOf(input: FetchInput, init: RequestInit | undefined): string {
  return (init?.method ?? (isRequest(input) ? input.method : 'GET')).toUpperCase()
}

/** Whether a request may be processed twice without harm: its method is idempotent, or it has an `Idempotency-Key`. */
export function isIdempotent(input: FetchInput, init: RequestInit | undefined): boolean {
  if (idempotentMethods.includes(methodOf(input, init))) return true
  const headers = init?.headers === undefined && isRequest(input) ? input.headers : new Headers(init?.headers)
  return headers.has('idempotency-key')
}

/** Whether a body can be sent twice: a stream is read only once. */
export function canBeSentAgain(init: RequestInit | undefined): boolean {
  const body: unknown = init?.body
  return typeof body !== 'object' || body === null || !('getReader' in body || Symbol.asyncIterator in body)
}

/** A copy to send, if `input` can be sent only once. */
export function copyOf(input: FetchInput): FetchInput {
  return isRequest(input) && input.body !== null ? input.clone() : input
}
