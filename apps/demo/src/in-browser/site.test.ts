import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { onePage, webPage } from '../site/site-page.ts'
import { logClients, logFormats } from './log-lines.ts'

const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

it('takes at most 45 kB gzipped, with the packages that it runs', async () => {
  expect(gzipSync((await webPage()).page).length).toBeLessThan(45_000)
})

/** The page at an address, and everything that it should not have done. */
async function open(url: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(new URL('.', url).href)
    if (!isOurs && !/^(data|blob):/.test(request.url())) complaints.push(request.url())
  })
  await page.goto(`${url}?scenario=steady&limit=12`)
  await page.waitForFunction(() => document.querySelectorAll('.lane .baseline').length === 4)
  return { page, complaints }
}

async function readsLog(page: Page): Promise<void> {
  const file = { name: 'access.log.gz', mimeType: 'application/gzip', buffer: gzipSync(logFormats.common()) }
  await page.getByLabel('Drop an access log on this page').setInputFiles(file)
  await page.locator('#log-result').waitFor()
  expect(await page.locator('#log-refused').textContent()).toContain(
    ` of your ${logClients} clients with a token bucket`,
  )
}

describe.skipIf(launched === undefined)('the page without the demo, in Chromium', () => {
  it('opens from a folder as one file, and asks nobody for anything', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-site-'))
    const url = pathToFileURL(join(folder, 'index.html')).href
    await writeFile(new URL(url), await onePage())
    const { page, complaints } = await open(url)
    expect(await page.locator('.code').first().textContent()).toContain('limit: 12')
    // Its worker is made of the script within the page.
    await page.getByLabel('requests', { exact: true }).fill('1500')
    await page.getByText('of 1500').first().waitFor()
    expect(page.workers()).toHaveLength(1)
    await readsLog(page)
    expect(page.workers()).toHaveLength(2)
    expect(complaints).toEqual([])
    await page.close()
    await rm(folder, { recursive: true })
  })

  it('asks the web for the script that reads logs when there is a log', async () => {
    const asked: string[] = []
    const server = await serveSite(asked)
    const { page, complaints } = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.getByLabel('requests', { exact: true }).fill('1500')
    await page.getByText('of 1500').first().waitFor()
    expect(asked).toEqual(['/'])
    await readsLog(page)
    expect(asked).toEqual(['/', '/log.js'])
    expect(complaints).toEqual([])
    await page.close()
    server.closeAllConnections()
    server.close()
  })
})

async function serveSite(asked: string[]): Promise<Server> {
  const { page, logScript } = await webPage()
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    asked.push(path)
    const [type, body] = path === '/log.js' ? ['text/javascript', logScript] : ['text/html', page]
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
