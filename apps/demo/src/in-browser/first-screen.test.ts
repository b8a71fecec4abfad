import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { compare } from '../comparison/compare.ts'
import { initialSettings, readLink } from '../comparison/link.ts'
import { programOf, programOfAll } from '../comparison/program.ts'
import { picture } from '../picture/picture.ts'
import { openPage, sizes } from './open-page.ts'

const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

/** The text that a reader has before his eyes without scrolling. */
function textInView(page: Page): Promise<string> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const seen: string[] = []
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const range = document.createRange()
      range.selectNodeContents(node)
      const boxes = [...range.getClientRects()]
      const isSeen = ({ top, bottom, left, right }: DOMRect): boolean =>
        top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
      if (boxes.length > 0 && boxes.every(isSeen)) seen.push(node.textContent ?? '')
    }
    return seen.join('').replaceAll(/\s+/g, ' ')
  })
}

describe.skipIf(launched === undefined)('the first screen alone, in Chromium', () => {
  it.each(sizes)(
    'says who lets most through, who never exceeds, who waits and who refuses fewest: %j',
    async (size) => {
      const { page, close } = await openPage({ browser, size })
      const text = await textInView(page)
      expect(text).toContain('The fixed window let 20 into 10 s')
      expect(text).toContain('the sliding log 10')
      expect(text).toMatch(/Sliding log ?at once 10 · long run 10 · any 10 s ≤ 10/)
      expect(text).toContain('the leaky bucket made 50 wait, up to 9 s')
      expect(text).toContain('The fixed window refused fewest, 40.')
      expect(text).toContain('Copy as code')
      await close()
    },
  )

  it('shows the line to paste of each lane', async () => {
    const { page, close } = await openPage({ browser })
    const text = await textInView(page)
    for (const { algorithm, quota } of (await compare(initialSettings)).lanes) {
      expect(text).toContain(algorithm.code(quota))
    }
    await close()
  })

  it('gives the programs, the link and the picture to take home', async () => {
    const { page, complaints, url, close } = await openPage({ browser, search: '?limit=12' })
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
    const { settings } = readLink('?limit=12')
    const copied = async (name: string, what: string): Promise<string> => {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByText(`${what} has been copied.`, { exact: true }).waitFor()
      return page.evaluate(() => navigator.clipboard.readText())
    }
    const comparison = await compare(settings)
    expect(await copied('Copy as code', 'The program')).toBe(programOfAll(settings))
    const [lane] = comparison.lanes
    if (lane === undefined) throw new Error('Expected a lane')
    const code = lane.algorithm.code(lane.quota)
    expect(await copied(`Copy ${code} as a program`, 'The program with the fixed window')).toBe(
      programOf(lane.algorithm, settings),
    )
    const link = new URL(await copied('Copy link', 'The link'))
    expect(readLink(link.search)).toMatchObject({ settings, problems: [] })

    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save picture' }).click()
    const download = await saving
    expect(download.suggestedFilename()).toBe('sluice.svg')
    expect(await readFile(await download.path(), 'utf8')).toBe(picture(comparison))
    expect(complaints).toEqual([])
    await close()
  })

  it('sweeps the playhead once to the end, and stops for who touches it', async () => {
    const { page, close } = await openPage({ browser, search: '?at=30000' })
    await page.clock.install()
    const slider = page.getByRole('slider', { name: 'Moment' })
    await page.getByRole('button', { name: 'Play' }).click()
    await page.clock.runFor(2000)
    const at = Number(await slider.inputValue())
    expect(at).toBeGreaterThan(40_000)
    expect(at).toBeLessThan(60_000)
    await page.clock.runFor(6000)
    expect(await slider.inputValue()).toBe('60000')
    expect(await page.getByRole('button', { name: 'Play' }).textContent()).toBe('▶ Play')

    await page.getByRole('button', { name: 'Play' }).click()
    await page.clock.runFor(1000)
    await slider.press('Home')
    await page.clock.runFor(1000)
    expect(await slider.inputValue()).toBe('0')
    await close()
  })

  it('plays nothing for those who want less motion', async () => {
    const { page, close } = await openPage({ browser })
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.reload()
    expect(await page.getByRole('button', { name: 'Play' }).count()).toBe(0)
    expect(await page.getByRole('slider', { name: 'Moment' }).count()).toBe(1)
    await close()
  })

  it('follows a pointer over the charts, and says what happened there and why', async () => {
    const { page, close } = await openPage({ browser })
    const box = await page.locator('.lane .chart').nth(1).boundingBox()
    if (box === null) throw new Error('Expected a chart')
    await page.mouse.move(box.x + 6 + (box.width - 12) * (10_600 / 60_000), box.y + 20)
    expect(await page.locator('.moment').allTextContents()).toEqual([
      expect.stringMatching(/^admitted: \d+ left$/),
      expect.stringMatching(/^refused: 10 within the last 10 s, the oldest leaves in 8\.\d s$/),
      expect.stringMatching(/^refused: 0\.\d of 1 token, come back in 0\.\d+ s$/),
      expect.stringMatching(/^refused: all 10 places are taken, one is free in 0\.\d+ s$/),
    ])
    await close()
  })
})
