import { randomUUID } from 'node:crypto'
import { createLimiter, type Limiter, type Policy } from '@sluice/core'
import { type VirtualClock, virtualClock } from '@sluice/simulation'
import { abortableStore } from './abortable-store.ts'
import type { OpenStore } from './open-store.ts'
import { firstError } from './watched-store.ts'

/** What a run needs. */
export interface IsolatedRunOptions {
  readonly store: OpenStore
  readonly policy: Policy
  /** All keys that the run may ask for; their state is forgotten when it ends. */
  readonly keys: Iterable<string>
  /** Where virtual time begins, in ms since the epoch. */
  readonly start: number
  /** When it fires, nothing more is decided, and the run rejects. */
  readonly signal?: AbortSignal
}

/** How many resets are under way at once. */
const resetsAtOnce = 1000

/** Runs on a limiter and a clock of its own, which no other run sees, and leaves nothing behind in the store. */
export async function isolatedRun<Result>(
  { store, policy, keys, start, signal }: IsolatedRunOptions,
  run: (limiter: Limiter, clock: VirtualClock) => Promise<Result>,
): Promise<Result> {
  const clock = virtualClock(start)
  const inner = store.on(clock.now)
  const options = { name: `demo-${randomUUID()}`, policy, failure: 'throw' } as const
  const limiter = createLimiter({
    ...options,
    store: signal === undefined ? inner : abortableStore(inner, signal),
  })
  const cleaner = createLimiter({ ...options, store: inner })
  let result: Result
  try {
    result = await run(limiter, clock)
  } catch (error) {
    // A store that failed may fail again, and slowly: what is left there expires by itself.
    forget(cleaner, [...keys]).catch(() => {})
    throw firstError(error)
  }
  await forget(cleaner, [...keys])
  return result
}

async function forget(limiter: Limiter, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += resetsAtOnce) {
    await Promise.all(keys.slice(i, i + resetsAtOnce).map((key) => limiter.reset(key)))
  }
}
