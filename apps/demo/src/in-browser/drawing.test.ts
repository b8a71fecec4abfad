import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { compare } from '../comparison/compare.ts'
import { drawingOf, drawingText, drawnRequests, stepsPerWindow } from '../comparison/drawing.ts'
import { initialSettings, readLink } from '../comparison/link.ts'
import { trafficOf } from '../comparison/scenarios.ts'
import { openPage, sizes } from './open-page.ts'

const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

/** The drawing in the address, once it is as it should be: the address follows the settings when they rest. */
async function drawnInAddress(
  page: Page,
  matches: (drawing: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const drawing = (): readonly number[] => readLink(new URL(page.url()).search).settings.drawing
  while (!matches(drawing())) await page.waitForEvent('framenavigated')
  return drawing()
}

describe.skipIf(launched === undefined)('drawing the traffic, in Chromium', () => {
  it('goes on from the traffic that is shown', async () => {
    const { page, complaints, close } = await openPage({ browser })
    await page.getByRole('button', { name: 'draw' }).click()
    const expected = drawingOf(trafficOf(initialSettings), initialSettings.window)
    expect(await drawnInAddress(page, ({ length }) => length > 0)).toEqual(expected)
    expect(await page.locator('#traffic .arrival').count()).toBe(100)
    expect(await page.getByLabel('requests', { exact: true }).getAttribute('readonly')).toBe('')
    expect(complaints).toEqual([])
    await close()
  })

  it('is done with keys: arrows move, space puts a request, delete takes it', async () => {
    const { page, close } = await openPage({ browser, search: '?scenario=drawn&drawing=' })
    const board = page.getByRole('slider', { name: 'Draw requests' })
    await board.focus()
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('PageUp', 'ArrowRight', 'Space', 'Space', 'Space')
    expect(await board.getAttribute('aria-valuetext')).toBe('10.5 s: 3 requests')
    await press('Delete', 'ArrowRight', 'Space', 'ArrowLeft')
    expect(await board.getAttribute('aria-valuetext')).toBe('10.5 s: 2 requests')
    await press('Home', 'Delete', 'End', 'Space')
    const drawing = await drawnInAddress(page, ({ length }) => length === 6 * stepsPerWindow)
    expect(drawingText(drawing).replace(/0+/g, '-')).toBe('-21-1')
    expect(drawnRequests(drawing.slice(stepsPerWindow + 1))).toBe(4)

    const comparison = await compare({ ...initialSettings, scenario: 'drawn', drawing, requests: 4 })
    const admitted = comparison.lanes.map(({ totals }) => `${totals.admitted}`)
    const shown = await page.locator('.lane').all()
    expect(await Promise.all(shown.map((lane) => lane.locator('dd b').first().textContent()))).toEqual(admitted)
    await close()
  })

  it.each(sizes)('is done with the pointer, which also erases, at $width × $height', async (size) => {
    const { page, complaints, close } = await openPage({ browser, size, search: '?scenario=drawn&drawing=' })
    const stroke = async (from: number, to: number, height: (of: number) => number): Promise<void> => {
      // The sentence above may take another line by what is drawn.
      const box = await page.locator('#drawing').boundingBox()
      if (box === null) throw new Error('Expected the drawing to be seen')
      const y = box.y + height(box.height)
      await page.mouse.move(box.x + box.width * from, y)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * to, y)
      await page.mouse.up()
    }
    await stroke(0.2, 0.4, (height) => height / 2)
    // No step is left out, however fast the pointer was.
    const drawing = await drawnInAddress(page, ({ length }) => length > 40)
    expect(drawingText(drawing)).toMatch(/^0{22,24}5{24,26}$/)

    await stroke(0.1, 0.3, (height) => height - 3)
    const erased = await drawnInAddress(page, (next) => drawnRequests(next) < drawnRequests(drawing))
    expect(drawingText(erased)).toMatch(/^0{35,37}5{11,13}$/)

    await page.getByRole('button', { name: 'Clear the drawing' }).click()
    expect(await drawnInAddress(page, ({ length }) => length === 0)).toEqual([])
    expect(await page.locator('#verdict').textContent()).toContain('None was refused.')
    expect(complaints).toEqual([])
    await close()
  })

  it('shows the lanes within the window while something is drawn', async () => {
    for (const size of sizes) {
      const { page, close } = await openPage({ browser, size, search: '?scenario=drawn&drawing=00a' })
      const bottom = await page.evaluate(() => document.querySelector('#lanes')?.getBoundingClientRect().bottom)
      expect(bottom).toBeLessThanOrEqual(size.height)
      expect(await page.locator('#traffic .arrival').count()).toBe(10)
      await close()
    }
  })
})
