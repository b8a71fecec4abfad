import { warnOnce } from '@sluice/core/internal'

/** A client that emits events. */
export interface Emitter {
  listenerCount?(event: 'error'): number
}

/**
 * Warns once of a client to whose `'error'` event nothing listens, and says what follows. To be called when a script is sent: by the
 * first one an application that wants to listen does.
 */
export function warnUnheard(client: Emitter, name: string, consequence: string): void {
  if (heard.has(client)) return
  heard.add(client)
  if (client.listenerCount?.('error') !== 0) return
  const message = `The ${name} client: nobody listens for its 'error' event, so ${consequence}; add client.on('error', …)`
  warnOnce(client, 'SLUICE_CLIENT_UNHEARD', message)
}

const heard = new WeakSet<object>()
