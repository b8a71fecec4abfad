import type { Store } from '@sluice/core'

/** The same store until the signal fires: from then on it is asked nothing, and what it was asked rejects with the signal's reason. */
export function abortableStore(store: Store, signal: AbortSignal): Store {
  return {
    bind(limiter) {
      const gate = store.bind(limiter)
      return {
        async apply(asks, own) {
          signal.throwIfAborted()
          return untilAborted(gate.apply(asks, own), signal)
        },
      }
    },
  }
}

async function untilAborted<Value>(answer: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([answer, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
