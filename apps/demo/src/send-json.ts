import type { ServerResponse } from 'node:http'

/** What every answer is sent with. */
export const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; img-src data:",
  'x-content-type-options': 'nosniff',
}

/** Ends an answer with one JSON text. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
