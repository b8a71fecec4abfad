import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLimiter, memoryStore } from '@sluice/core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { plainWindow } from '../../../../tooling/new/algorithm/src/plain-window.ts'
import { start } from '../comparison/compare.ts'
import { initialSettings } from '../comparison/link.ts'
import { trafficOf } from '../comparison/scenarios.ts'
import { installedIn } from '../installed/installed-packages.ts'
import { openPage } from './open-page.ts'

const launched = await launchChromium()
const browser = launched as Browser
let folder = ''
beforeAll(async () => {
  // A house in which `new algorithm` has written one that the page has never heard of.
  folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
  await mkdir(join(folder, '@sluice'))
  const template = join(import.meta.dirname, '..', '..', '..', '..', 'tooling', 'new', 'algorithm')
  await symlink(template, join(folder, '@sluice', 'plain-window'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await launched?.close()
})

/** What the package itself admits of the first traffic. */
function admittedDirectly(): number {
  let now = start
  const limiter = createLimiter({
    name: 'direct',
    policy: plainWindow({ limit: 10, window: '10s' }),
    store: memoryStore({ clock: () => now }),
  })
  return trafficOf(initialSettings).arrivals.filter(({ at, key }) => {
    now = start + at
    return limiter.consumeSync(key).allowed
  }).length
}

describe.skipIf(launched === undefined)('an algorithm that nobody has told the page of, in Chromium', () => {
  it('has a line with its figures, which opens to a lane with a click and folds with a key', async () => {
    const { page, complaints, close } = await openPage({ browser, installedIn: [...installedIn, folder] })
    const names = page.locator('.lane h2')
    const four = ['Fixed window', 'Sliding log', 'Token bucket', 'Leaky bucket']
    expect(await names.allTextContents()).toEqual(four)
    const line = page.locator('.line', { hasText: 'Plain window' })
    expect(await line.locator('b').allTextContents()).toEqual([`${admittedDirectly()}`, '10', 'none'])

    await line.getByRole('button', { name: 'Plain window' }).click()
    expect(await names.allTextContents()).toEqual([...four, 'Plain window'])
    const lane = page.locator('.lane').last()
    expect(await lane.locator('.code').textContent()).toBe("plainWindow({ limit: 10, window: '10s' })")
    expect(await lane.locator('.promised').textContent()).toBe('at once 10 · long run 10 · any 10 s 19, tried')
    expect(await lane.locator('dd b').allTextContents()).toEqual([`${admittedDirectly()}`, '10', 'none'])
    expect(await lane.locator('.area').count()).toBe(1)
    expect(await page.locator('#sentence').textContent()).toContain('five times')
    await page.waitForFunction(() => location.search.includes('opened=plain-window'))

    await page.keyboard.press('Enter')
    expect(await names.allTextContents()).toEqual(four)
    expect(complaints).toEqual([])
    await close()
  })

  it('is opened by a link, and promises no more than the limit where all promise the same', async () => {
    const { page, close } = await openPage({
      browser,
      installedIn: [...installedIn, folder],
      search: '?opened=plain-window&by=promise',
    })
    const lane = page.locator('.lane').last()
    expect(await lane.locator('.code').textContent()).toBe("plainWindow({ limit: 5, window: '10s' })")
    expect(await page.locator('#notice').isVisible()).toBe(false)
    await close()
  })
})
