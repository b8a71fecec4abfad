import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { logLines, readAccessLog, replay, virtualClock } from '@sluice/simulation'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { logClients, logFormats, logRequests } from './log-lines.ts'
import { openPage, sizes } from './open-page.ts'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

const log = logFormats.combined()

/** How many clients of the log one policy refuses, by a replay. */
async function refusedBy(policy: Policy, text: string = log): Promise<number> {
  const clock = virtualClock()
  const limiter = createLimiter({ name: 'log', policy, store: memoryStore({ clock: clock.now }) })
  const read = await readAccessLog(logLines([Buffer.from(text)]))
  return (await replay({ log: read, limiter, clock, window: '1m' })).clientsRefused
}

/** What the first sentence says between its numbers. */
async function sentence(page: Page): Promise<string> {
  const parts = await page.locator('#log-sentence output').allTextContents()
  return parts.join('; ')
}

async function choose(page: Page, name: string, content: string | Uint8Array): Promise<void> {
  const file = { name, mimeType: 'text/plain', buffer: Buffer.from(content) }
  await page.getByLabel('Drop an access log on this page').setInputFiles(file)
}

async function expected(limit: number): Promise<string> {
  const bucket = await refusedBy(tokenBucket({ capacity: limit, refill: limit, per: '1m' }))
  const sliding = await refusedBy(slidingLog({ limit, window: '1m' }))
  // With half of the ten at once, and the other half coming back, no more than ten get through in 10 s.
  const halved = await refusedBy(tokenBucket({ capacity: 5, refill: 5, per: '10s' }))
  const within = await refusedBy(slidingLog({ limit: 10, window: '10s' }))
  return `refuses ${bucket} of your ${logClients} clients with a token bucket, ${sliding} with a sliding log; ${halved} and ${within}`
}

describe.skipIf(launched === undefined)('a log of the reader, in Chromium', () => {
  it('is dropped on the page, and answered with the numbers that the packages give', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const dropped = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], 'access.log'))
      return transfer
    }, log)
    await page.dispatchEvent('#lanes', 'drop', { dataTransfer: dropped })
    await page.locator('#log-result').waitFor()
    expect(await sentence(page)).toBe(await expected(5))
    expect(await page.locator('#log-status').textContent()).toBe(
      `access.log: ${logRequests().length.toLocaleString('en-US')} requests of ${logClients} clients.`,
    )
    const refused = await Promise.all([
      refusedBy(fixedWindow({ limit: 5, window: '1m', align: 'epoch' })),
      refusedBy(slidingLog({ limit: 5, window: '1m' })),
      refusedBy(tokenBucket({ capacity: 5, refill: 5, per: '1m' })),
      refusedBy(leakyBucket({ capacity: 5, leak: 5, per: '1m' })),
    ])
    const shares = refused.map((clients) => `${clients} (${((100 * clients) / logClients).toFixed(1)} %)`)
    expect(await page.locator('#curve-keys b').allTextContents()).toEqual(shares)
    expect(await page.locator('#curve .curve').count()).toBe(4)
    expect(complaints).toEqual([])
    await close()
  })

  it('says which limits refuse hardly a client, and one less refuses more', async () => {
    const { page, close } = await openPage({ browser })
    await choose(page, 'access.log', log)
    const advice = page.locator('#log-advice')
    await advice.getByText('To refuse').waitFor()
    const [, , sliding = '', bucket = ''] =
      /fixed window (\d+), sliding log (\d+), token bucket (\d+), leaky bucket \d+ in 1 min/.exec(
        (await advice.textContent()) ?? '',
      ) ?? []
    const most = 0.005 * logClients
    for (const [limit, isEnough] of [
      [Number(sliding), true],
      [Number(sliding) - 1, false],
    ] as const) {
      expect((await refusedBy(slidingLog({ limit, window: '1m' }))) <= most).toBe(isEnough)
    }
    const capacity = Number(bucket)
    expect(await refusedBy(tokenBucket({ capacity, refill: capacity, per: '1m' }))).toBe(0)
    await close()
  })

  it('is read in every format, gzipped or not', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const wanted = await expected(5)
    for (const [name, text] of Object.entries(logFormats)) {
      for (const [file, content] of [
        [`${name}.log`, text()],
        [`${name}.log.gz`, gzipSync(text())],
      ] as const) {
        await choose(page, file, content)
        await page.getByText(`${file}: `).waitFor()
        await page.locator('#log-result').waitFor()
        expect([file, await sentence(page)]).toEqual([file, wanted])
        expect(await page.locator('#log-malformed').isVisible()).toBe(false)
      }
    }
    expect(complaints).toEqual([])
    await close()
  })

  it.each([
    ['as it is', (text: string) => Buffer.from(text)],
    ['gzipped', (text: string) => gzipSync(text)],
  ])('is read by chunks in a worker, and sent nowhere: %s', async (_, packed) => {
    const { page, complaints, close } = await openPage({ browser })
    await page.evaluate(() => {
      const seen: number[] = []
      Object.assign(globalThis, { seen })
      const look = (): void => {
        if (document.querySelector('#log-count')?.textContent?.endsWith(' lines')) {
          seen.push(document.querySelector<HTMLProgressElement>('#log-progress')?.value ?? 0)
        }
      }
      const options = { subtree: true, childList: true }
      new MutationObserver(look).observe(document.querySelector('#log-count') as Element, options)
    })
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() !== 'GET' || request.postData() !== null) sent.push(request.url())
    })
    expect(page.workers()).toEqual([])
    const times = Math.ceil(2_000_000 / log.length)
    const lines = log.split('\n').length - 1
    await choose(page, 'long.log', packed(log.repeat(times)))
    await page.locator('#log-result').waitFor()
    expect(page.workers()).toHaveLength(1)
    expect(await page.locator('#log-status').textContent()).toContain(
      `${(times * lines).toLocaleString('en-US')} requests`,
    )
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen)
    // Two million bytes are no less than seven chunks.
    expect(seen.length).toBeGreaterThanOrEqual(7)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
    expect(sent).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('can be stopped, and another one read then', async () => {
    const { page, complaints, close } = await openPage({ browser })
    await page.evaluate(() => {
      const stop = document.querySelector<HTMLButtonElement>('#log-stop')
      const observer = new MutationObserver(() => {
        observer.disconnect()
        stop?.click()
      })
      observer.observe(document.querySelector('#log-count') as Element, { childList: true })
    })
    const stopped = page.waitForEvent('worker').then((worker) => worker.waitForEvent('close'))
    await choose(page, 'long.log', log.repeat(20))
    await stopped
    expect(await page.locator('#log-status').textContent()).toBe('Stopped: the log is read no further.')
    expect(await page.locator('#log-work').isVisible()).toBe(false)
    expect(await page.locator('#log-result').isVisible()).toBe(false)

    await choose(page, 'access.log', log)
    await page.locator('#log-result').waitFor()
    expect(await sentence(page)).toBe(await expected(5))
    expect(complaints).toEqual([])
    await close()
  })

  it('says in a sentence why a file cannot be used', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const cut = 'cut.gz cannot be unpacked: its gzip data are broken or cut, or a second file follows in it.'
    const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01', 'latin1')
    const unread = 'poem.txt has no line that can be read. Line 1: '
    for (const [name, content, text] of [
      ['empty.log', '', 'empty.log is empty: it has no line.'],
      ['blank.log', '\n\n', 'blank.log is empty: it has no line.'],
      ['twice.gz', gzipSync(gzipSync(log)), 'twice.gz is gzip within gzip: unpack it once.'],
      ['photo.png', png, 'photo.png is no log: its bytes are no text.'],
      ['cut.gz', gzipSync(log).subarray(0, 300), cut],
      ['two.gz', Buffer.concat([gzipSync(log), gzipSync(log)]), cut.replace('cut.gz', 'two.gz')],
      ['poem.txt', 'Roses are red\n', unread],
    ] as const) {
      await choose(page, name, content)
      const problem = page.locator('#log-problem').filter({ hasText: name })
      await problem.waitFor()
      expect(((await problem.textContent()) ?? '').slice(0, text === unread ? unread.length : undefined)).toBe(text)
      const shown = page.locator('#log-work, #log-result, #log-malformed').filter({ visible: true })
      expect(await shown.count()).toBe(0)
    }
    expect(complaints).toEqual([])
    await close()
  })

  it('counts the lines that it does not understand, and shows the first three as they are', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const odd = ['<b>bold</b> & \u001b[31mred', '  two  spaces', '\u202eright to left', 'a fourth']
    await choose(page, 'odd.log', `${odd.join('\n')}\n${log}`)
    await page.locator('#log-result').waitFor()
    expect(await page.locator('#log-status').textContent()).toMatch(/4 lines were not understood\.$/)
    expect(await page.locator('#log-lines li').allTextContents()).toEqual(odd.slice(0, 3))
    expect(complaints).toEqual([])
    await close()
  })

  it('says that short windows judge the rounding, where all dates are whole seconds', async () => {
    const { page, close } = await openPage({ browser })
    const rounding = page.locator('#log-rounding')
    const look = async (content: string): Promise<string | null> => {
      await choose(page, 'access.log', content)
      await page.locator('#log-result').waitFor()
      return rounding.textContent()
    }
    expect(await look(log)).toBe('')
    await page.getByRole('combobox', { name: 'any window' }).selectOption('1 s')
    await rounding.getByText('Its dates are whole seconds: a window of 1 s').waitFor()
    expect(await look(`${log}192.0.2.1 - - [04/Mar/2026:14:00:05.123 +0000] "GET / HTTP/1.1" 200 12\n`)).toBe('')
    await close()
  })

  it('is used with keys alone: chosen, and the limit moved along the curve', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const to = async (what: Locator): Promise<void> => {
      for (let i = 0; i < 60; i += 1) {
        await page.keyboard.press('Tab')
        if (await what.evaluate((element) => element === document.activeElement)) return
      }
      throw new Error('Expected Tab to reach it')
    }
    // From here on Chromium hands choosers over, rather than to show one.
    const choosing = page.waitForEvent('filechooser')
    await to(page.getByLabel('Drop an access log on this page'))
    await page.keyboard.press('Space')
    await (await choosing).setFiles({ name: 'access.log', mimeType: 'text/plain', buffer: Buffer.from(log) })
    await page.locator('#log-result').waitFor()

    await to(page.getByRole('spinbutton', { name: 'limit of each client' }))
    await page.keyboard.press('ArrowUp')
    expect(await sentence(page)).toBe(await expected(6))
    const crosshair = page.getByRole('slider', { name: 'Limit' })
    await to(crosshair)
    await page.keyboard.press('ArrowRight')
    expect(await sentence(page)).toBe(await expected(7))
    expect(await crosshair.getAttribute('aria-valuetext')).toMatch(/^7 in 1 min refuses: Fixed window \d+ \(/)
    const at = await page.locator('#curve .crosshair').getAttribute('x1')
    await page.keyboard.press('Home')
    expect(await page.getByRole('spinbutton', { name: 'limit of each client' }).inputValue()).toBe('1')
    expect(Number(await page.locator('#curve .crosshair').getAttribute('x1'))).toBeLessThan(Number(at))
    expect(complaints).toEqual([])
    await close()
  })

  it('says which number is not allowed, and keeps the curve', async () => {
    const { page, close } = await openPage({ browser })
    await choose(page, 'access.log', log)
    await page.locator('#log-result').waitFor()
    const before = await page.locator('#curve').innerHTML()
    await page.getByLabel('limit of each client').fill('0')
    expect(await page.locator('#log-problem').textContent()).toBe(
      'limit of each client: whole numbers from 1 to 1,000,000',
    )
    expect(await page.locator('#curve').innerHTML()).toBe(before)
    await page.getByLabel('limit of each client').fill('20')
    expect(await page.locator('#log-problem').textContent()).toBe('')
    expect(await sentence(page)).toBe(await expected(20))
    await close()
  })

  it.each([
    [sizes[0], 'light'],
    [sizes[1], 'dark'],
  ] as const)('has no fault that axe finds, and nothing too wide: %j, %s', async (size, colorScheme) => {
    const { page, close } = await openPage({ browser, size, colorScheme })
    await choose(page, 'odd.log', `${'not a line '.repeat(40)}\n${log}`)
    await page.locator('#log-result').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(size.width)
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      const { violations } = await axe.run()
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    })
    expect(violations).toEqual([])
    await close()
  })
})
