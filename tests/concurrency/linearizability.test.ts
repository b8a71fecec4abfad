import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { referenceLimiter } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { fastContests } from './contests.ts'
import type { Recorded } from './recording-worker.ts'

// Four processes, on both clients, merged and not, ask a real Redis on its own clock. Put in the order in which the server
// decided, their histories must be exactly what the specification says.
const worker = join(import.meta.dirname, 'recording-worker.ts')
const url = inject('redisUrl')
const redis = new Redis(url)
const prefix = `linear-${randomBytes(4).toString('hex')}`

const processes = [
  ['ioredis', 'merged'],
  ['redis', 'merged'],
  ['ioredis', 'lone'],
  ['redis', 'lone'],
] as const

async function record(contest: string, [client, merge]: (typeof processes)[number], seed: number): Promise<Recorded[]> {
  const options = { url, client, contest, prefix, merge, seed }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--conditions=@sluice/source', worker, ...args], {
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout, (_, value) => (value === 'never' ? Number.POSITIVE_INFINITY : value))
}

describe('histories of several processes replay in the order in which the server decided them', () => {
  it.each(Object.entries(fastContests))('%s', async (contest, { model }) => {
    const histories = await Promise.all(processes.map((one, i) => record(contest, one, 7 * i + 1)))
    const history = histories.flat().sort((a, b) => a.script - b.script || a.place - b.place)
    expect(history).toHaveLength(processes.length * 8 * 40)

    const reference = referenceLimiter({ main: model })
    for (const { mode, key, cost, now, decision } of history) {
      const { allowed, policies } = reference.ask(mode, key, [cost], now)
      expect({ allowed: decision.allowed, main: decision.policies.main }).toEqual({ allowed, main: policies.main })
    }
    // Not vacuous: some were refused, and scripts were shared.
    expect(history.some(({ decision }) => !decision.allowed)).toBe(true)
    const scripts = new Set(history.map(({ key, script }) => `${key} ${script}`))
    expect(scripts.size).toBeLessThan(history.length)
  })
})

afterAll(async () => {
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
})
