import { createLimiter, memoryStore } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'
import { type Contender, expectToDecide, type Quota } from '../contender.ts'
import { serveTasks } from '../helper-process.ts'
import { type MemoryContender, memoryContenders } from './contenders.ts'
import type { MemoryTask, TimedCase } from './task.ts'

serveTasks(async (task: MemoryTask): Promise<number[]> => {
  if ('cap' in task) return [entriesKept(task.cap, task.keys)]
  if ('tiers' in task) return timesOfTiers(task.tiers)
  const contender = memoryContenders.find(({ name }) => name === task.contender) as MemoryContender
  if ('bytesAt' in task) return bytes(contender, task.bytesAt)
  return [await nanoseconds(contender, task.time, task.forMs, task.scale)]
})

const keyCounts: Readonly<Record<TimedCase, number>> = {
  'hot key, allow': 1,
  'hot key, deny': 1,
  '10 k keys': 10_000,
  '10 k keys that expire between visits': 10_000,
  '1 M keys': 1_000_000,
}

/** The time of one call, when all keys are known already. */
async function nanoseconds(contender: MemoryContender, time: TimedCase, forMs: number, scale: number): Promise<number> {
  const quota = quotaOf(time)
  const keys = shuffled(makeKeys(Math.ceil(keyCounts[time] / scale)))
  const opened = await contender.open(quota)
  await expectToDecide(contender.name, opened, quota)
  const run = contender.answers === 'at once' ? runAtOnce : runLater
  await run(opened, keys, 0, keys.length)
  await run(opened, keys, forMs / 4, 0)
  return run(opened, keys, forMs, 0)
}

function quotaOf(time: TimedCase): Quota {
  if (time === 'hot key, deny') return 'spent'
  return time === '10 k keys that expire between visits' ? 'brief' : 'ample'
}

/** Calls for at least so long and so often, one after the other; ns a call. */
function runAtOnce({ decide }: Contender, keys: readonly string[], forMs: number, atLeast: number): number {
  const started = performance.now()
  let calls = 0
  let passed = 0
  while (passed < forMs || calls < atLeast) {
    callAtOnce(decide, keys, calls)
    calls += callsInBatch
    passed = performance.now() - started
  }
  return (passed * 1e6) / calls
}

/** The same, for those who answer with a promise. */
async function runLater(
  { decide }: Contender,
  keys: readonly string[],
  forMs: number,
  atLeast: number,
): Promise<number> {
  const started = performance.now()
  let calls = 0
  let passed = 0
  while (passed < forMs || calls < atLeast) {
    await callLater(decide, keys, calls)
    calls += callsInBatch
    passed = performance.now() - started
  }
  return (passed * 1e6) / calls
}

const callsInBatch = 256

/**
 * A batch of calls, on the keys from the given one on, round and round. A function that is called often is compiled once; of a loop in
 * one that runs for long V8 would replace the code while it runs, again and again, and one case looked five times as slow as it is.
 */
function callAtOnce(decide: Contender['decide'], keys: readonly string[], from: number): void {
  let next = from % keys.length
  for (let i = 0; i < callsInBatch; i += 1) {
    decide(keys[next] as string)
    next = next + 1 === keys.length ? 0 : next + 1
  }
}

async function callLater(decide: Contender['decide'], keys: readonly string[], from: number): Promise<void> {
  let next = from % keys.length
  for (let i = 0; i < callsInBatch; i += 1) {
    try {
      await decide(keys[next] as string)
    } catch {
      // Refused.
    }
    next = next + 1 === keys.length ? 0 : next + 1
  }
}

/** Bytes for each key, without the key itself, when there are so many and then so many. */
async function bytes(contender: MemoryContender, counts: readonly number[]): Promise<number[]> {
  const keys = makeKeys(Math.max(...counts))
  const opened = await contender.open('ample')
  await expectToDecide(contender.name, opened, 'ample')
  const before = bytesInUse()
  const found: number[] = []
  let made = 0
  for (const count of counts) {
    for (; made < count; made += 1) await opened.decide(keys[made] as string)
    found.push((bytesInUse() - before) / count)
  }
  // Also keeps the keys alive until here.
  await opened.decide(keys[0] as string)
  return found
}

/** `external` has the array buffers in it already. */
function bytesInUse(): number {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** How many entries a store holds after so many keys. */
function entriesKept(maxKeys: number, keys: number): number {
  const store = memoryStore({ maxKeys })
  const limiter = createLimiter({ policy: tokenBucket({ capacity: 5, refill: 1, per: '1h' }), name: 'bench', store })
  let most = 0
  for (const key of makeKeys(keys)) {
    limiter.consumeSync(key)
    most = Math.max(most, store.size)
  }
  return most
}

/** ns a call of `with` for so many tiers, one after the other, and again for one of the last hundred; and the bytes that they leave behind. */
function timesOfTiers(count: number): number[] {
  const tiers = Array.from({ length: count }, (_, i) => ({
    policy: tokenBucket({ capacity: 10 + i, refill: 1, per: '1h' }),
  }))
  const limiter = createLimiter({ policy: tokenBucket({ capacity: 5, refill: 1, per: '1h' }) })
  const before = bytesInUse()
  const perCall = (some: typeof tiers): number => {
    const started = performance.now()
    for (const tier of some) limiter.with(tier)
    return ((performance.now() - started) * 1e6) / some.length
  }
  const first = perCall(tiers)
  const bytes = bytesInUse() - before
  const again = perCall(Array.from({ length: count }, (_, i) => tiers[count - 1 - (i % 100)] as (typeof tiers)[number]))
  return [first, again, bytes]
}

function makeKeys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `user:${i}`)
}

/** Always in the same disorder: what is next in memory must not be next in line. */
function shuffled(keys: string[]): string[] {
  let seed = 1
  for (let last = keys.length - 1; last > 0; last -= 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const other = seed % (last + 1)
    const one = keys[last] as string
    keys[last] = keys[other] as string
    keys[other] = one
  }
  return keys
}
