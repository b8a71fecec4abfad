import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertWithin } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { contests } from './contests.ts'

// Four processes, two on each client, hammer one key of a real Redis on the server's clock.
const worker = join(import.meta.dirname, 'worker.ts')
const url = inject('redisUrl')
const redis = new Redis(url)
const prefix = `concurrency-${randomBytes(4).toString('hex')}`

async function hammer(contest: string, client: string): Promise<[number, boolean][]> {
  const args = ['--url', url, '--client', client, '--contest', contest, '--prefix', prefix]
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@sluice/source', worker, ...args])
  return JSON.parse(stdout)
}

describe('several processes on both clients, on one key', () => {
  it.each(Object.entries(contests))('never admit more than the envelope: %s', async (name, { envelope }) => {
    const clients = ['ioredis', 'redis', 'ioredis', 'redis']
    const calls = (await Promise.all(clients.map((client) => hammer(name, client)))).flat()
    expect(calls).toHaveLength(4 * 16 * 25)

    const admitted = calls.filter(([, allowed]) => allowed).map(([at]) => ({ at, cost: 1 }))
    assertWithin(
      admitted.sort((a, b) => a.at - b.at),
      envelope,
    )
    // Exact in the other direction too: what the envelope leaves at the start is all given out.
    expect(admitted.length).toBeGreaterThanOrEqual(Number(envelope(0n)))
  })
})

afterAll(async () => {
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
})
