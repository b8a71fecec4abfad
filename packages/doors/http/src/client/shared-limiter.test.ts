import { createLimiter, memoryStore } from '@sluice/core'
import { leakyBucket } from '@sluice/leaky-bucket'
import { ioredisStore } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { expect, inject, it } from 'vitest'
import { limitedFetch, WaitTooLongError } from './limited-fetch.ts'

it('ten processes that share a limiter on Redis send one request a second between them', async () => {
  const start = Date.UTC(2026, 10, 27)
  const prefix = `http-shared-${process.pid}`
  const clients = Array.from({ length: 10 }, () => new Redis(inject('redisUrl')))
  try {
    const turns: number[] = []
    const calls = clients.map((client) => {
      const limiter = createLimiter({
        name: 'api',
        policy: leakyBucket({ capacity: 10, leak: 1, per: '1s' }),
        store: ioredisStore({ client, prefix, clock: () => start }),
        failure: 'throw',
        deadline: '1h',
      })
      let turn = 0
      const sleep = async (ms: number): Promise<void> => {
        turn += ms
      }
      const send = async (): Promise<Response> => {
        turns.push(turn)
        return new Response('fine')
      }
      return limitedFetch(send, { limiter, sleep, clock: () => start })('https://api.example/')
    })
    await Promise.all(calls)
    expect(turns.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i * 1000))
  } finally {
    await clients[0]?.del(`${prefix}:{https://api.example}:api:default:lb1`)
    for (const client of clients) client.disconnect()
  }
})

/** A limiter whose next turn comes in three seconds, and what is used of it. */
function busy() {
  const limiter = createLimiter({
    name: 'api',
    policy: leakyBucket({ capacity: 10, leak: 1, per: '1s' }),
    store: memoryStore({ clock: () => 1_800_000_000_000 }),
  })
  limiter.consumeSync('https://api.example', { cost: 3 })
  return { limiter, used: () => limiter.peekSync('https://api.example').used }
}

it('a turn that comes too late is given back', async () => {
  const { limiter, used } = busy()
  const fetchLimited = limitedFetch(async () => new Response('fine'), { limiter, maxWait: '2s' })
  await expect(fetchLimited('https://api.example/')).rejects.toThrow(WaitTooLongError)
  expect(used()).toBe(3)
})

it('a turn is given back by who leaves before it comes', async () => {
  const { limiter, used } = busy()
  const reason = new Error('left')
  const sleep = () => Promise.reject(reason)
  const fetchLimited = limitedFetch(async () => new Response('fine'), { limiter, sleep })
  await expect(fetchLimited('https://api.example/')).rejects.toBe(reason)
  expect(used()).toBe(3)
})
