import type { ErrorAnswer } from '@sluice/redis-script'

const ofServer =
  /^(Socket closed unexpectedly|Socket timeout|Connection timeout|The client is (closed|offline)|Disconnects client|All the root nodes are unavailable)/

/** What an error means that redis itself, or this store over it, has made; `undefined` for all others. */
export function clientError(error: Error & { readonly code?: unknown }): ErrorAnswer | undefined {
  const { message, code, cause } = error
  if (code === 'NOT_CONNECTED' || code === 'MASTER_LOST' || ofServer.test(message)) return { of: 'server' }
  // A client that was sent to and fro says why by its cause.
  if (!message.startsWith('Too many Cluster redirections')) return undefined
  return { of: /\b(TRYAGAIN|ASK|MOVED) /.test(`${cause}`) ? 'slot' : 'server' }
}
