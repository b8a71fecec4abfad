import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { accepting, freePort, spawnRedis } from '../../../../tooling/redis.ts'
import { type OpenStore, openStore } from '../open-store.ts'
import { openPage } from './open-page.ts'

const launched = await launchChromium()
const browser = launched as Browser
const servers: ChildProcess[] = []
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await rm(folder, { recursive: true })
  await launched?.close()
})

async function redisAt(port: number): Promise<ChildProcess> {
  const server = spawnRedis(port, folder, [])
  servers.push(server)
  await accepting(server)
  return server
}

describe.skipIf(launched === undefined)('the page over Redis, in Chromium', () => {
  it.each([
    ['ioredis', 'ioredis'],
    ['redis', 'node-redis'],
  ] as const)(
    'shows that Redis decides the same, and says when it hangs, is gone and is back: %s',
    async (kind, client) => {
      const port = await freePort()
      const server = await redisAt(port)
      const store = await openStore({ kind, url: `redis://127.0.0.1:${port}`, deadline: 500 })
      const { page, close } = await openPage({ browser, store })
      const status = page.locator('#status')
      const says = (text: string | RegExp): Promise<void> => status.filter({ hasText: text }).waitFor()
      const differs = new RegExp(`^400 decisions on [A-Z][a-z]+ [0-9.]+ through ${client}: 0 differences\\.$`)

      await page.getByRole('button', { name: 'Run on Redis too' }).click()
      await says(differs)

      server.kill('SIGSTOP')
      await page.getByLabel('limit', { exact: true }).first().fill('4')
      await says(`Redis at 127.0.0.1:${port} has not answered for 0.5 seconds. Trying again until it answers.`)
      // The picture is the page's own: it follows the numbers all the same.
      expect(await page.locator('.code').first().textContent()).toContain('limit: 4')

      server.kill('SIGKILL')
      await once(server, 'exit')
      await page.getByLabel('limit', { exact: true }).first().fill('5')
      await says(`Redis at 127.0.0.1:${port} cannot be reached. Trying again until it answers.`)

      await redisAt(port)
      await says(differs)
      await page.getByRole('button', { name: 'Stop asking Redis' }).click()
      await says('Redis is asked no more.')
      await close()
      await store.close()
    },
  )

  it('says how far it is, and can be stopped', async () => {
    const memory = await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' })
    // It answers 90 times, and then no more.
    let answers = 90
    const store: OpenStore = {
      ...memory,
      kind: 'ioredis',
      on: (clock) => ({
        bind(limiter) {
          const gate = memory.on(clock).bind(limiter)
          return {
            apply(asks) {
              answers -= 1
              return answers > 0 ? gate.apply(asks) : new Promise(() => {})
            },
          }
        },
      }),
    }
    const { page, complaints, close } = await openPage({ browser, store })
    await page.getByRole('button', { name: 'Run on Redis too' }).click()
    await page.getByText(/^[0-9]+ of 400 decisions$/).waitFor()
    const [value, max] = await page
      .getByRole('progressbar', { name: 'Decisions on Redis' })
      .evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])
    expect(value).toBeGreaterThan(0)
    expect(max).toBe(400)
    await page.getByRole('button', { name: 'Stop asking Redis' }).click()
    await page.getByText('Redis is asked no more.').waitFor()
    expect(await page.getByRole('progressbar').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  it('offers no Redis where the server has none', async () => {
    const { page, close } = await openPage({ browser })
    expect(await page.getByRole('button', { name: 'Run on Redis too' }).count()).toBe(0)
    await close()
  })
})
