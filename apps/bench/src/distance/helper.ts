import { setTimeout } from 'node:timers/promises'
import { createLimiter, type Limiter } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import { redisStore } from '@sluice/store-redis'
import { serveTasks } from '../helper-process.ts'
import { connect } from '../redis/connect.ts'
import { bucket } from '../redis/contenders.ts'
import type { DistanceOutcome, DistanceTask } from './task.ts'

let limiter: Limiter | undefined
let users = 0

serveTasks(async (task: DistanceTask): Promise<DistanceOutcome> => {
  if ('open' in task) {
    limiter = await open(task)
    return { medianMs: 0, p90Ms: 0 }
  }
  if (limiter === undefined) throw new Error('Expected to be connected first')
  return decide(limiter, task)
})

async function open({ open, kind, url }: Extract<DistanceTask, { readonly open: unknown }>): Promise<Limiter> {
  const connected = await connect(kind, url)
  const merge = open === 'merged'
  const store =
    connected.kind === 'ioredis'
      ? ioredisStore({ client: connected.client, merge })
      : redisStore({ client: connected.client, merge })
  const policy = bucket('ample')
  // Longer than a busy machine may hold up whoever is on the way.
  const opened = createLimiter({ name: `distance-${merge}`, policy, store, failure: 'throw', deadline: '10s' })
  // So that the server's clock is known, and both scripts are.
  await opened.consume('first')
  await opened.consumeMany([{ key: 'first' }, { key: 'second' }])
  return opened
}

/** An open loop: requests come as they please, at random, whether those before are answered or not. */
async function decide(
  limiter: Limiter,
  { perSecond, forMs, seed }: Extract<DistanceTask, { readonly seed: number }>,
): Promise<DistanceOutcome> {
  const random = randomFrom(seed)
  const took: number[] = []
  const calls: Promise<void>[] = []
  const end = performance.now() + forMs
  for (let next = performance.now(); next < end; next += (-Math.log(1 - random()) * 1000) / perSecond) {
    const early = next - performance.now()
    if (early > 0) await setTimeout(early)
    users += 1
    const asked = performance.now()
    calls.push(limiter.consume(`user:${users}`).then(() => void took.push(performance.now() - asked)))
  }
  await Promise.all(calls)
  took.sort((a, b) => a - b)
  const at = (share: number): number => took[Math.floor(took.length * share)] as number
  return { medianMs: at(0.5), p90Ms: at(0.9) }
}

/** The same numbers from 0 to 1 for the same seed, so that contenders are asked at the same instants. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
