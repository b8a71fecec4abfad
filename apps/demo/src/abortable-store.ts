import type { Store } from '@sluice/core'

/** The same store until the signal fires: from then on it is asked nothing and rejects with the signal's reason. */
export function abortableStore(store: Store, signal: AbortSignal): Store {
  return {
    bind(limiter) {
      const gate = store.bind(limiter)
      return {
        async apply(asks, own) {
          signal.throwIfAborted()
          return gate.apply(asks, own)
        },
      }
    },
  }
}
