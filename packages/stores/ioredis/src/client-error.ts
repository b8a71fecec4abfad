import type { ErrorAnswer } from '@sluice/redis-script'

const ofServer =
  /^(Connection is closed|Reached the max retries per request limit|Stream isn't writeable|Cluster isn't ready|None of startup nodes is available|Failed to refresh slots cache|All sentinels are unreachable|Socket timeout)/

const oldClient: ErrorAnswer = {
  of: 'limiter',
  advice: {
    code: 'SLUICE_OLD_CLIENT',
    text: 'ioredis below 5.11 with enableAutoPipelining sends scripts to the wrong node of a Cluster. Use ioredis 5.11 or later',
  },
}

/** What an error means that ioredis itself has made; `undefined` for all others. */
export function clientError({ message, code }: Error & { readonly code?: unknown }): ErrorAnswer | undefined {
  if (code === 'NOT_CONNECTED' || ofServer.test(message)) return { of: 'server' }
  // A client that was sent to and fro says why by the last error.
  if (message.startsWith('Too many Cluster redirections')) {
    return { of: /\b(TRYAGAIN|ASK|MOVED) /.test(message) ? 'slot' : 'server' }
  }
  return /All keys in the pipeline should belong to the same slots? allocation group/.test(message)
    ? oldClient
    : undefined
}
