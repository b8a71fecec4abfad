import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { sitePage } from '../site/site-page.ts'

const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

it('takes at most 45 kB gzipped, with the packages that it runs', async () => {
  expect(gzipSync(await sitePage()).length).toBeLessThan(45_000)
})

describe.skipIf(launched === undefined)('the page as one file, in Chromium', () => {
  it('opens from a folder, and asks nobody for anything', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-site-'))
    const url = pathToFileURL(join(folder, 'index.html')).href
    await writeFile(new URL(url), await sitePage())
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(request.url())
    })
    await page.goto(`${url}?scenario=steady&limit=12`)
    await page.waitForFunction(() => document.querySelectorAll('.lane .baseline').length === 4)
    expect(await page.locator('.code').first().textContent()).toContain('limit: 12')
    // Its worker is made of the script within the page.
    await page.getByLabel('requests', { exact: true }).fill('1500')
    await page.getByText('of 1500').first().waitFor()
    expect(page.workers()).toHaveLength(1)
    expect(complaints).toEqual([])
    await page.close()
    await rm(folder, { recursive: true })
  })
})
