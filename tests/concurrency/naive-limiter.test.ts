import { randomBytes } from 'node:crypto'
import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { ioredisStore } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { lockedLimiter, naiveLimiter } from './naive-limiter.ts'

// Why a decision is one atomic script: ten requests at once, a limit of three.
const client = new Redis(inject('redisUrl'))
const second = client.duplicate()
const prefix = `naive-${randomBytes(4).toString('hex')}`
const now = 1_763_884_800_000
const limit = 3
const crowd = Array.from({ length: 10 })
const count = (allowed: readonly boolean[]): number => allowed.filter(Boolean).length

describe('ten requests at once, of which three may pass', () => {
  it('GET and then SET lets all ten through: each reads before any has written', async () => {
    const naive = naiveLimiter({ client, key: `${prefix}:plain`, limit })
    const allowed = await Promise.all(crowd.map(() => naive.consume(now)))
    expect(count(allowed)).toBe(10)
  })

  it('a lock with a timeout lets too many through once its holder is slower than the timeout', async () => {
    const key = `${prefix}:locked`
    let waiting: (() => void) | undefined
    const secondHasRead = new Promise<void>((resolve) => {
      waiting = resolve
    })
    // Both read before either writes: the first loses its lock while it dawdles, the second takes it.
    const slow = lockedLimiter({ client, key, limit: 1, lockMs: 1, meanwhile: () => secondHasRead })
    const next = lockedLimiter({
      client: second,
      key,
      limit: 1,
      lockMs: 1000,
      meanwhile: async () => waiting?.(),
    })
    const other = slow.consume(now)
    while ((await client.exists(`${key}:lock`)) === 1);
    expect(count(await Promise.all([other, next.consume(now)]))).toBe(2)
  })

  it('whole seconds let twice the limit through within two ms', async () => {
    const naive = naiveLimiter({ client, key: `${prefix}:seconds`, limit })
    const allowed: boolean[] = []
    for (const at of [now - 1, now]) for (const _ of crowd) allowed.push(await naive.consume(at))
    expect(count(allowed)).toBe(2 * limit)
  })

  it('one script lets three through', async () => {
    const store = ioredisStore({ client, prefix, clock: () => now })
    const limiter = createLimiter({
      name: 'exact',
      policy: fixedWindow({ limit, window: '1s' }),
      store,
      failure: 'throw',
      deadline: '1h',
    })
    const decisions = await Promise.all(crowd.map(() => limiter.consume('everyone')))
    expect(count(decisions.map(({ allowed }) => allowed))).toBe(limit)
  })
})

afterAll(async () => {
  const keys = await client.keys(`${prefix}:*`)
  if (keys.length > 0) await client.del(keys)
  await Promise.all([client.quit(), second.quit()])
})
