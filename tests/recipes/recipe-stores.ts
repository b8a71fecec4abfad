import { memoryStore, type Store } from '@sluice/core'
import { ioredisStore, recommendedOptions } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { afterAll, inject } from 'vitest'

/** Stands still until a test moves it. */
export interface Clock {
  now: number
}

/** A store of its own, at a clock. */
export type StoreAt = (clock: Clock) => Store

/** What each recipe is attacked on. */
export const recipeStores: readonly (readonly [name: string, storeAt: StoreAt])[] = [
  ['memory', (clock) => memoryStore({ clock: () => clock.now })],
  ['Redis', (clock) => ioredisStore({ client: connection(), prefix: prefix(), clock: () => clock.now })],
]

export interface Watched {
  readonly store: Store
  /** Resolves when the store has answered the next such request: nothing that follows a response is slept for. */
  readonly next: (mode: 'consume' | 'charge' | 'refund') => Promise<void>
}

/** A store that says what it has done. */
export function watched(store: Store): Watched {
  const waiting: { readonly mode: string; readonly resolve: () => void }[] = []
  const next: Watched['next'] = (mode) => new Promise<void>((resolve) => waiting.push({ mode, resolve }))
  const bind: Store['bind'] = (limiter) => {
    const gate = store.bind(limiter)
    return {
      async apply(requests, signal) {
        const answers = await gate.apply(requests, signal)
        const done = waiting.findIndex(({ mode }) => mode === requests[0]?.mode)
        if (done >= 0) waiting.splice(done, 1)[0]?.resolve()
        return answers
      },
    }
  }
  return { store: { bind }, next }
}

let client: Redis | undefined
let prefixes = 0

function connection(): Redis {
  client ??= new Redis(inject('redisUrl'), recommendedOptions)
  return client
}

function prefix(): string {
  prefixes += 1
  return `recipes-${process.pid}-${Date.now()}-${prefixes}`
}

afterAll(async () => {
  await client?.quit()
})
