import { randomUUID } from 'node:crypto'
import { createLimiter, type Limiter, type Policy } from '@sluice/core'
import { type VirtualClock, virtualClock } from '@sluice/simulation'
import type { OpenStore } from './open-store.ts'

/** What a run needs. */
export interface IsolatedRunOptions {
  readonly store: OpenStore
  readonly policy: Policy
  /** All keys that the run may ask for; their state is forgotten when it ends. */
  readonly keys: Iterable<string>
  /** Where virtual time begins, in ms since the epoch. */
  readonly start: number
}

/** How many resets are under way at once. */
const resetsAtOnce = 1000

/** Runs on a limiter and a clock of its own, which no other run sees, and leaves nothing behind in the store. */
export async function isolatedRun<Result>(
  { store, policy, keys, start }: IsolatedRunOptions,
  run: (limiter: Limiter, clock: VirtualClock) => Promise<Result>,
): Promise<Result> {
  const clock = virtualClock(start)
  const limiter = createLimiter({ name: `demo-${randomUUID()}`, policy, store: store.on(clock.now), failure: 'throw' })
  try {
    return await run(limiter, clock)
  } finally {
    await forget(limiter, [...keys])
  }
}

async function forget(limiter: Limiter, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += resetsAtOnce) {
    await Promise.all(keys.slice(i, i + resetsAtOnce).map((key) => limiter.reset(key)))
  }
}
