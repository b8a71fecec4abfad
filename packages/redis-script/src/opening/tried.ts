/** A client that emits events. */
interface Emitter {
  once(event: string, listener: () => void): unknown
}

/** A server that takes connections and stays silent is not waited for any longer. */
const patienceMs = 3000

/**
 * Settles with the first attempt to connect, however it ends: at the first of these events, when the attempt settles, and after
 * 3 s at the latest. Whoever opens a store goes on then, because an outage at the start is an outage like others.
 */
export function tried(client: Emitter, events: readonly string[], attempt?: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs)
    const settle = (): void => {
      clearTimeout(timer)
      resolve()
    }
    for (const event of events) client.once(event, settle)
    attempt?.then(settle, settle)
  })
}
