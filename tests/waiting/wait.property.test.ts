import {
  createLimiter,
  type Decision,
  type Gate,
  memoryStore,
  type Policy,
  type Store,
  type SyncLimiter,
} from '@sluice/core'
import { memoryHarness } from '@sluice/testkit'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { findAlgorithms, findStores } from '../../tooling/packages.ts'

// Never drawn: several keys and policies, tiers, an outage (wait.test.ts has them), clocks of their own in two processes.

const algorithms = await findAlgorithms()
const harnesses = [memoryHarness(), ...(await findStores(inject('redisUrl')))]
const factor = Number(process.env.SLUICE_RUNS ?? 1)

// What a client of Redis needs of time is left as it is.
const turnOfLoop = globalThis.setImmediate
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(async () => {
  await Promise.all(harnesses.map((harness) => harness.close()))
})

/** A store that says how many of its decisions are under way. */
function watched(store: Store) {
  const pending = { count: 0 }
  const bind: Store['bind'] = (binding) => {
    const gate = store.bind(binding)
    const apply: Gate['apply'] = async (...asked) => {
      pending.count += 1
      try {
        return await gate.apply(...asked)
      } finally {
        pending.count -= 1
      }
    }
    return { apply }
  }
  /** Resolves when nothing happens any more until time passes. */
  const quiet = async (): Promise<void> => {
    for (let still = 0; still < 3; still = pending.count === 0 ? still + 1 : 0) {
      await new Promise<void>((resolve) => turnOfLoop(resolve))
    }
  }
  return { store: { bind } satisfies Store, quiet }
}

/** Lets time pass, ms by ms while a timer is due. */
async function pass(ms: number, quiet: () => Promise<void>): Promise<void> {
  const end = performance.now() + ms
  await quiet()
  while (performance.now() < end) {
    vi.advanceTimersByTime(vi.getTimerCount() === 0 ? end - performance.now() : 1)
    await quiet()
  }
}

interface Caller {
  readonly afterMs: number
  readonly cost: number
  readonly maxWait: number | undefined
  readonly leavesAfterMs: number | undefined
}

interface End {
  readonly outcome: 'admitted' | 'refused' | 'left'
  readonly atMs: number
  readonly decision: Decision | undefined
}

const callers = fc.array(
  fc.record({
    afterMs: fc.constantFrom(0, 0, 1, 7, 30, 100),
    cost: fc.integer({ min: 1, max: 3 }),
    maxWait: fc.constantFrom(undefined, undefined, undefined, 1, 20, 150),
    leavesAfterMs: fc.constantFrom(undefined, undefined, undefined, undefined, 5, 60),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
)

/** Lets callers come one after the other, and waits for what becomes of each. */
async function come(
  limiterOf: (index: number) => Pick<SyncLimiter, 'wait'>,
  all: readonly Caller[],
  quiet: () => Promise<void>,
): Promise<{ readonly came: readonly number[]; readonly ends: readonly (End | undefined)[] }> {
  const ends: (End | undefined)[] = all.map(() => undefined)
  const came: number[] = []
  for (const [i, { afterMs, cost, maxWait, leavesAfterMs }] of all.entries()) {
    await pass(afterMs, quiet)
    const leaving = new AbortController()
    const reason = new Error('left')
    came.push(performance.now())
    if (leavesAfterMs !== undefined) setTimeout(() => leaving.abort(reason), leavesAfterMs)
    const end = (outcome: End['outcome'], decision?: Decision): void => {
      ends[i] = { outcome, atMs: performance.now(), decision }
    }
    limiterOf(i)
      .wait('k', { cost, maxWait, signal: leaving.signal })
      .then(
        (decision) => end(decision.allowed ? 'admitted' : 'refused', decision),
        (error) => (error === reason ? end('left') : Promise.reject(error)),
      )
    await quiet()
  }
  await pass(3000, quiet)
  return { came, ends }
}

describe.each(harnesses.map((harness) => [harness.name, harness] as const))('wait, over %s', (_, harness) => {
  const runs = Math.ceil((harness.name === 'memory' || harness.name === 'compact' ? 100 : 12) * factor)

  it.each(algorithms.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    const policy = subject.policy(subject.quota(5, 100)) as Policy
    const processes = fc.array(fc.constantFrom(0, 0, 1), { minLength: 12, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(callers, processes, async (all, processOf) => {
        const open = await harness.open(() => Date.now())
        try {
          const { store, quiet } = watched(open.store)
          const limiters = [0, 1].map(() =>
            createLimiter({ name: 'w', policy, store, deadline: '1h', failure: 'throw' }),
          )
          const { came, ends } = await come((i) => limiters[processOf[i] as number] as SyncLimiter, all, quiet)
          for (const [i, end] of ends.entries()) {
            const { maxWait = Number.POSITIVE_INFINITY, leavesAfterMs, cost } = all[i] as Caller
            if (end === undefined) throw new Error(`caller ${i} still waits`)
            const waited = end.atMs - (came[i] as number)
            if (end.outcome === 'left') expect(waited).toBe(leavesAfterMs)
            else expect(waited).toBeLessThanOrEqual(maxWait)
            if (end.outcome === 'refused') expect(cost > policy.limit || maxWait < Number.POSITIVE_INFINITY).toBe(true)
            // Its turn, and not before.
            if (end.outcome === 'admitted') {
              const { at, delayMs } = end.decision as Decision
              expect(end.atMs - performance.now()).toBeGreaterThanOrEqual(at + delayMs - Date.now())
            }
          }
        } finally {
          await open.close()
        }
      }),
      { numRuns: runs, seed: 20_261_128 },
    )
  })
})

/** When each caller goes ahead, where each is served as soon as it can be after those before. */
function served(policy: Policy, all: readonly Caller[], came: readonly number[]): readonly number[] {
  const clock = { now: 0 }
  const limiter = createLimiter({ name: 'w', policy, store: memoryStore({ clock: () => clock.now }) })
  return all.map(({ cost }, i) => {
    clock.now = Math.max(clock.now, came[i] as number)
    for (;;) {
      const { allowed, retryAfterMs, delayMs } = limiter.consumeSync('k', { cost })
      if (allowed) return clock.now + delayMs
      clock.now += retryAfterMs
    }
  })
}

it.each(algorithms.map((subject) => [subject.name, subject] as const))(
  'with %s, callers of one process go first come, first served, and as soon as they can',
  async (_, subject) => {
    const policy = subject.policy(subject.quota(5, 100)) as Policy
    const patient = callers.map((all) => all.map((one) => ({ ...one, maxWait: undefined, leavesAfterMs: undefined })))
    await fc.assert(
      fc.asyncProperty(patient, async (all) => {
        const { store, quiet } = watched(memoryStore({ clock: () => performance.now() }))
        const limiter = createLimiter({ name: 'w', policy, store })
        const { came, ends } = await come(() => limiter as SyncLimiter, all, quiet)
        expect(ends.map((end) => end?.atMs)).toEqual(served(policy, all, came))
      }),
      { numRuns: 200, seed: 20_261_128 },
    )
  },
)

it.each(algorithms.map((subject) => [subject.name, subject] as const))(
  'with %s, who would wait for too long is refused, and at once where that can be told',
  async (_, subject) => {
    const policy = subject.policy(subject.quota(5, 100)) as Policy
    const patient = { maxWait: undefined, leavesAfterMs: undefined }
    await fc.assert(
      fc.asyncProperty(callers, fc.integer({ min: 1, max: 300 }), async (drawn, maxWait) => {
        const all = drawn.map((one, i) => ({
          ...one,
          ...patient,
          maxWait: i === drawn.length - 1 ? maxWait : undefined,
        }))
        const { store, quiet } = watched(memoryStore({ clock: () => performance.now() }))
        const limiter = createLimiter({ name: 'w', policy, store })
        const { came, ends } = await come(() => limiter as SyncLimiter, all, quiet)
        const last = all.length - 1
        const waits = (served(policy, all, came)[last] as number) - (came[last] as number)
        const { outcome, atMs, decision } = ends[last] as End
        expect(outcome).toBe(waits > maxWait ? 'refused' : 'admitted')
        if (outcome !== 'refused') return
        expect(decision).toMatchObject({ allowed: false, delayMs: 0, cost: 0 })
        expect(decision?.retryAfterMs).toBeGreaterThan(0)
        const ahead = all.filter((_, i) => i < last && (ends[i]?.atMs ?? 0) > (came[last] as number))
        const cost = [...ahead, all[last]].reduce((sum, one) => sum + (one?.cost ?? 0), 0)
        if (cost <= policy.limit && policy.dateCharge === undefined) expect(atMs).toBe(came[last])
      }),
      { numRuns: 300, seed: 20_261_128 },
    )
  },
)
