import { memoryStore, type Store } from '@sluice/core'
import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, inject } from 'vitest'

/** Stands still until a test moves it. */
export interface Clock {
  now: number
}

/** A store of its own, at a clock. */
export type StoreAt = (clock: Clock) => Store

/** What each recipe is attacked on. */
export const recipeStores: readonly (readonly [name: string, storeAt: StoreAt])[] = [
  ['memory', (clock) => memoryStore({ clock: () => clock.now })],
  ['Redis, by ioredis', (clock) => ioredisStore({ client: ioredis, prefix: prefix(), clock: () => clock.now })],
  ['Redis, by node-redis', (clock) => redisStore({ client: redis, prefix: prefix(), clock: () => clock.now })],
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

const url = inject('redisUrl')
const ioredis = new Redis(url, { ...forIoredis, lazyConnect: true })
const redis = createClient({ url, ...forRedis })
let prefixes = 0

function prefix(): string {
  prefixes += 1
  return `recipes-${process.pid}-${Date.now()}-${prefixes}`
}

beforeAll(async () => {
  await Promise.all([ioredis.connect(), redis.connect()])
})

afterAll(async () => {
  await Promise.all([ioredis.quit(), redis.close()])
})
