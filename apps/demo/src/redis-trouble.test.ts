import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accepting, freePort, spawnRedis } from '../../../tooling/redis.ts'
import { comparisons } from '../page/comparisons.js'
import { loadComparison } from '../page/load-comparison.js'
import { openStore } from './open-store.ts'
import { serve } from './serve.ts'

const deadline = 500

let folder = ''
const servers: ChildProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

async function redisAt(port: number): Promise<ChildProcess> {
  const server = spawnRedis(port, folder, [])
  servers.push(server)
  await accepting(server)
  return server
}

/** The page's own logic over the demo's own server; what it waits for comes at once. */
async function openPage(kind: 'ioredis' | 'redis', port: number) {
  const store = await openStore({ kind, url: `redis://127.0.0.1:${port}`, deadline })
  const serving = await serve({ store, port: 0 })
  let notify = () => {}
  const problems: string[] = []
  let result: unknown
  const { ask } = comparisons({
    load: loadComparison(`${serving.url}/check`, () => {}),
    after: (_, callback) => {
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    screen: {
      working: () => {
        problems.length = 0
        result = undefined
      },
      result: (answer) => {
        result = answer
        notify()
      },
      problem: (problem) => {
        problems.push(problem)
        notify()
      },
    },
  })
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        notify = resolve
      })
    }
  }
  return {
    ask,
    problems,
    problem: () => until(() => problems.length > 0),
    result: () => until(() => result !== undefined),
    close: async () => {
      await serving.close()
      await store.close()
    },
  }
}

it.each(['ioredis', 'redis'] as const)(
  'says that Redis hangs, and goes on when it answers again, over %s',
  async (kind) => {
    const port = await freePort()
    const server = await redisAt(port)
    const page = await openPage(kind, port)
    page.ask('limit=3')
    await page.result()

    server.kill('SIGSTOP')
    page.ask('limit=4')
    await page.problem()
    expect(page.problems[0]).toBe(`Redis at 127.0.0.1:${port} has not answered for 0.5 seconds.`)

    server.kill('SIGCONT')
    await page.result()
    await page.close()
  },
)

it.each(['ioredis', 'redis'] as const)(
  'says that Redis is gone, and goes on when it is back, over %s',
  async (kind) => {
    const port = await freePort()
    const server = await redisAt(port)
    const page = await openPage(kind, port)
    page.ask('limit=3')
    await page.result()

    server.kill('SIGKILL')
    await once(server, 'exit')
    page.ask('limit=4')
    await page.problem()
    expect(page.problems[0]).toBe(`Redis at 127.0.0.1:${port} cannot be reached.`)

    await redisAt(port)
    await page.result()
    await page.close()
  },
)
