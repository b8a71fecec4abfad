import { createLimiter, memoryStore, type Policy, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { limitFields } from '../emit/limit-fields.ts'
import { refusal } from '../emit/refusal.ts'
import { type Fetch, limitedFetch } from '../index.ts'

const limit = fc.integer({ min: 1, max: 20 })
const length = fc.integer({ min: 200, max: 60_000 }).map((ms) => `${BigInt(ms)}ms` as const)
const anyPolicy: fc.Arbitrary<Policy> = fc.oneof(
  fc.tuple(limit, length).map(([limit, window]) => fixedWindow({ limit, window })),
  fc.tuple(limit, length).map(([limit, window]) => slidingLog({ limit, window })),
  fc.tuple(limit, length).map(([capacity, per]) => tokenBucket({ capacity, refill: 1, per })),
)

/** Time that goes on to the next wake-up once nothing else is left to do. */
function virtualTime() {
  let now = Date.UTC(2026, 0, 1)
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  return {
    now: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    async run(work: Promise<unknown>) {
      let isDone = false
      const done = work.finally(() => {
        isDone = true
      })
      while (!isDone) {
        await new Promise(setImmediate)
        sleepers.sort((a, b) => a.at - b.at)
        const next = isDone ? undefined : sleepers.shift()
        if (next === undefined) continue
        now = Math.max(now, next.at)
        next.wake()
      }
      await done
    },
  }
}

/** A server over a real limiter, that notes when it refused and until when. */
function serverOf(policy: Policy, now: () => number, latency: () => Promise<void>) {
  const limiter: SyncLimiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: now }) })
  const quotas = { name: 'api', policies: { default: policy } }
  const log: { readonly id: string; readonly at: number; readonly comeBackAt: number | undefined }[] = []
  const serve: Fetch = async (input) => {
    await latency()
    const decision = { ...limiter.consumeSync('ann'), at: now() }
    const { headers, status } = decision.allowed
      ? { headers: limitFields(decision, quotas), status: 200 }
      : refusal(decision, quotas)
    const seconds = Number(new Headers(headers).get('retry-after'))
    log.push({ id: String(input), at: now(), comeBackAt: decision.allowed ? undefined : now() + seconds * 1000 })
    await latency()
    return new Response('', { status, headers })
  }
  return { serve, log }
}

const patient = { maxWait: '1d', retryBudget: 1000 } as const

it('every request gets through, and none comes back before Retry-After', async () => {
  const game = fc.record({
    policy: anyPolicy,
    requests: fc.integer({ min: 1, max: 30 }),
    latencies: fc.array(fc.nat(400), { minLength: 1, maxLength: 7 }),
  })
  await fc.assert(
    fc.asyncProperty(
      game,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      async ({ policy, requests, latencies }, dice) => {
        const time = virtualTime()
        let turn = 0
        const latency = () => {
          turn += 1
          return time.sleep(latencies[turn % latencies.length] as number)
        }
        const { serve, log } = serverOf(policy, time.now, latency)
        const client = limitedFetch(serve, {
          ...patient,
          clock: time.now,
          sleep: time.sleep,
          random: () => dice.next().value,
        })
        const responses = Array.from({ length: requests }, (_, i) => client(`https://api.example/${i}`))
        await time.run(Promise.all(responses))

        for (const response of responses) expect((await response).status).toBe(200)
        for (const [i, { id, comeBackAt }] of log.entries()) {
          const again = log.slice(i + 1).find((other) => other.id === id)
          if (comeBackAt !== undefined) expect(again?.at).toBeGreaterThanOrEqual(comeBackAt)
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('one request after the other is refused at most once for each time that the quota is spent', async () => {
  await fc.assert(
    fc.asyncProperty(anyPolicy, async (policy) => {
      const time = virtualTime()
      const { serve, log } = serverOf(policy, time.now, async () => {})
      const client = limitedFetch(serve, { ...patient, clock: time.now, sleep: time.sleep, random: () => 0 })
      const work = async () => {
        for (let i = 0; i < 60; i += 1) expect((await client('https://api.example/')).status).toBe(200)
      }
      await time.run(work())
      const refusals = log.filter(({ comeBackAt }) => comeBackAt !== undefined).length
      expect(log).toHaveLength(60 + refusals)
      // Where nothing but the refusal says when there is more, it comes once for each time that the quota is spent.
      expect(refusals).toBeLessThanOrEqual(1 + 60 / policy.limit)
    }),
    { numRuns: 60 },
  )
})
