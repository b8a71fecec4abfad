import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../../tooling/chromium.ts'
import { compare } from '../comparison/compare.ts'
import { initialSettings, writeLink } from '../comparison/link.ts'
import { scenarioNames, scenarios } from '../comparison/scenarios.ts'
import { verdict } from '../comparison/verdict.ts'
import { openPage, sizes } from './open-page.ts'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const launched = await launchChromium()
const browser = launched as Browser
afterAll(() => launched?.close())

describe.skipIf(launched === undefined)('the page, in Chromium', () => {
  it.each(scenarioNames)('shows the verdict and the numbers that the packages give: %s', async (scenario) => {
    const settings = { ...initialSettings, scenario, requests: scenarios[scenario].requests }
    const { page, complaints, close } = await openPage({ browser })
    await page.getByRole('button', { name: scenarios[scenario].title }).click()
    const comparison = await compare(settings)
    const sentence = verdict(comparison)
      .map(({ text }) => text)
      .join('')
    expect(await page.locator('#verdict').textContent()).toBe(sentence)
    const numbers = comparison.lanes.map(({ totals, worst }) => [`${totals.admitted}`, `${worst.units}`])
    expect(await laneNumbers(page)).toEqual(numbers)
    expect(await page.locator('.broken').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  it.each(sizes)('shows all four lanes within $width × $height, in every scenario', async (size) => {
    const { page, close } = await openPage({ browser, size })
    for (const scenario of scenarioNames) {
      await page.getByRole('button', { name: scenarios[scenario].title }).click()
      const [bottom, wide] = await page.evaluate(() => [
        document.querySelector('#lanes')?.getBoundingClientRect().bottom ?? Number.NaN,
        document.documentElement.scrollWidth,
      ])
      expect(bottom).toBeLessThanOrEqual(size.height)
      expect(wide).toBe(size.width)
    }
    await close()
  })

  it.each(sizes)('has room for long numbers within $width × $height', async (size) => {
    const search = '?scenario=greedy&window=15m&limit=120&burst=100&requests=900&keys=all'
    const { page, close } = await openPage({ browser, size, search })
    const tooWide = await page.evaluate(() =>
      [...document.querySelectorAll('.promised, .moment, .lane dl, .lane dl div, .clock, #sentence, #verdict')]
        .filter((element) => {
          const { right } = element.getBoundingClientRect()
          const isCut = element.scrollWidth > element.clientWidth && getComputedStyle(element).display !== 'inline'
          return !element.matches('.moment') && (isCut || right > innerWidth)
        })
        .map((element) => element.textContent),
    )
    expect(tooWide).toEqual([])
    await close()
  })

  it.each([
    [sizes[0], 'light'],
    [sizes[0], 'dark'],
    [sizes[1], 'light'],
    [sizes[1], 'dark'],
  ] as const)('has no fault that axe finds: %j, %s', async (size, colorScheme) => {
    const { page, close } = await openPage({ browser, size, colorScheme })
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: unknown[] }[] }> }
      }
      const { violations } = await axe.run()
      return violations.map(
        ({ id, nodes }) => `${id}: ${JSON.stringify(nodes.map((node) => (node as { html: string }).html))}`,
      )
    })
    expect(violations).toEqual([])
    await close()
  })

  it("has a name for every control in Chromium's own accessibility tree", async () => {
    const { page, close } = await openPage({ browser, search: '?scenario=greedy' })
    const session = await page.context().newCDPSession(page)
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    const roles = ['button', 'spinbutton', 'combobox', 'radio', 'slider', 'textbox']
    const found = nodes.filter(({ role, ignored }) => !ignored && roles.includes(String(role?.value)))
    const names = found.map(({ role, name }) => `${role?.value}: ${name?.value}`)
    expect(names.filter((text) => text.endsWith(': '))).toEqual([])
    expect(names).toEqual(
      expect.arrayContaining([
        'spinbutton: requests',
        'spinbutton: limit',
        'combobox: window',
        'spinbutton: bursts of',
        'combobox: keys',
        'slider: Moment',
        'button: Drop an access log on this page, or choose one',
      ]),
    )
    await close()
  })

  it('changes the picture for each step of a drag before the next one is handled', async () => {
    const { page, close } = await openPage({ browser })
    await page.evaluate(() => {
      const seen: string[] = []
      Object.assign(globalThis, { seen })
      const look = (): void => {
        seen.push(document.querySelector('#lanes')?.innerHTML ?? '')
      }
      document.addEventListener('input', look, { capture: true })
    })
    const box = (await page.getByLabel('limit', { exact: true }).first().boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    }
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 120, y, { steps: 20 })
    await page.mouse.up()
    const [events, pictures] = await page.evaluate(() => {
      const { seen } = globalThis as unknown as { seen: string[] }
      return [seen.length, new Set([...seen, document.querySelector('#lanes')?.innerHTML]).size]
    })
    expect(events).toBeGreaterThan(10)
    expect(pictures).toBe(events + 1)
    await addressHolds(page, 'limit=30')
    await close()
  })

  it.each([
    ['spike', 1600],
    ['retry', 400],
  ] as const)('compares much traffic in a worker, to the same numbers: %s, %d', async (scenario, requests) => {
    const { page, complaints, close } = await openPage({ browser, search: `?scenario=${scenario}` })
    expect(page.workers()).toEqual([])
    await page.getByLabel('requests', { exact: true }).fill(`${requests}`)
    const { lanes } = await compare({ ...initialSettings, scenario, requests })
    await page.getByText(`of ${lanes[0]?.totals.asked}`).first().waitFor()
    expect(page.workers()).toHaveLength(1)
    expect(await laneNumbers(page)).toEqual(lanes.map(({ totals, worst }) => [`${totals.admitted}`, `${worst.units}`]))
    expect(await page.locator('#lanes').getAttribute('aria-busy')).toBe('false')

    // What the worker was asked before is not shown over what came after.
    await page.getByLabel('requests', { exact: true }).fill('20')
    await page
      .locator('.lane dd')
      .filter({ hasText: /of 20$/ })
      .first()
      .waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('can be used with keys alone', async () => {
    const { page, close } = await openPage({ browser })
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const to = async (what: Locator): Promise<void> => {
      for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press('Tab')
        if (await what.evaluate((element) => element === document.activeElement)) return
      }
      throw new Error('Expected Tab to reach it')
    }
    await to(page.getByRole('spinbutton', { name: 'requests' }))
    await press('ArrowUp')
    await addressHolds(page, 'requests=101')
    await to(page.getByRole('spinbutton', { name: 'limit' }))
    await press('ArrowUp', 'ArrowUp')
    await addressHolds(page, 'limit=12')
    await to(page.getByRole('combobox', { name: 'window' }))
    await press('ArrowDown')
    await addressHolds(page, 'window=1m')
    await to(page.getByRole('spinbutton', { name: 'bursts of' }))
    await press('ArrowDown')
    await addressHolds(page, 'burst=9')
    await to(page.getByRole('button', { name: scenarios.burst.title }))
    await press('Enter')
    await addressHolds(page, 'scenario=burst')
    await to(page.getByRole('radio', { name: 'limit' }))
    await press('ArrowRight')
    await addressHolds(page, 'by=promise')

    await to(page.getByRole('slider', { name: 'Moment' }))
    await press('Home')
    expect(await page.locator('.moment').allTextContents()).toEqual(Array(4).fill('nothing yet'))
    await press('End')
    expect(await page.getByRole('slider', { name: 'Moment' }).getAttribute('aria-valuetext')).toBe('6 min of 6 min')
    expect(await page.locator('.moment b').count()).toBe(4)
    await close()
  })

  it.each([
    ...scenarioNames.map((scenario) => writeLink({ ...initialSettings, scenario, requests: 90, limit: 7, burst: 5 })),
    writeLink({ ...initialSettings, scenario: 'greedy', keys: 'all', by: 'promise', window: 60_000 }, 12_300),
  ])('shows the same picture again from the link %s', async (search) => {
    const first = await openPage({ browser, search })
    const again = await openPage({ browser, search: await first.page.evaluate(() => location.search) })
    expect(await again.page.locator('#lanes').innerHTML()).toBe(await first.page.locator('#lanes').innerHTML())
    expect(await again.page.locator('#clock').textContent()).toBe(await first.page.locator('#clock').textContent())
    await first.close()
    await again.close()
  })

  it('says what is wrong with a link, and leaves it as it is', async () => {
    const { page, close } = await openPage({ browser, search: '?limit=abc&speed=3' })
    expect(await page.locator('#notice').textContent()).toBe(
      'The link to this page is wrong. It asks for limit “abc”, but the page takes whole numbers from 1 to 500. It asks for “speed”, which the page does not know.',
    )
    expect(new URL(page.url()).search).toBe('?limit=abc&speed=3')
    await close()
  })

  it('says beside the numbers which value is not allowed, and keeps the picture', async () => {
    const { page, close } = await openPage({ browser })
    const before = await page.locator('#lanes').innerHTML()
    await page.getByLabel('limit', { exact: true }).first().fill('0')
    expect(await page.locator('#problem').textContent()).toBe('limit: whole numbers from 1 to 500')
    expect(await page.locator('#lanes').innerHTML()).toBe(before)
    await page.getByLabel('limit', { exact: true }).first().fill('3')
    expect(await page.locator('#problem').isVisible()).toBe(false)
    expect(await page.locator('#lanes').innerHTML()).not.toBe(before)
    await close()
  })

  it('says which burst would do, where no bucket can keep the numbers', async () => {
    const { page, complaints, close } = await openPage({ browser, search: '?limit=30&window=1s' })
    const before = await page.locator('#lanes').innerHTML()
    await page.getByLabel('bursts of', { exact: true }).fill('1')
    expect(await page.locator('#problem').textContent()).toContain('Expected `capacity` to be at least 2')
    expect(await page.locator('#lanes').innerHTML()).toBe(before)
    expect(complaints).toEqual([])
    await close()
  })

  it('leads to one algorithm by questions that keys answer, and to where the others fail', async () => {
    const { page, complaints, close } = await openPage({ browser })
    const choice = page.locator('#choice')
    expect(await choice.textContent()).toContain('In doubt, take the token bucket')
    await page.getByRole('radio', { name: 'yes, space them' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    await choice.getByText('Take the sliding log').waitFor()
    expect(await choice.textContent()).toMatch(/a key takes at most \d{3} bytes in memory/)

    const link = choice.getByRole('listitem').filter({ hasText: 'token bucket' }).getByRole('link')
    await link.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: scenarios.burst.title, pressed: true }).waitFor()
    expect(await page.locator('#verdict').textContent()).toContain('the token bucket 18')
    expect(complaints).toEqual([])
    await close()
  })

  it('shows the lanes alone in an article', async () => {
    const { page, close } = await openPage({ browser, search: '?embed' })
    expect(await page.locator('h1').isVisible()).toBe(false)
    expect(await page.locator('.lane').count()).toBe(4)
    // The traffic lies above the lanes, on the same time axis.
    const [traffic, lane] = [page.locator('#traffic'), page.locator('.lane .chart svg').first()]
    const [above, below] = [await traffic.boundingBox(), await lane.boundingBox()]
    expect([above?.x, above?.width]).toEqual([below?.x, below?.width])
    await addressHolds(page, 'scenario=boundary')
    await addressHolds(page, 'embed')
    await close()
  })
})

/** The address follows the settings once they rest. */
async function addressHolds(page: Page, part: string): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      location.search
        .slice(1)
        .split('&')
        .some((held) => held.replace(/=$/, '') === wanted),
    part,
  )
}

async function laneNumbers(page: Page): Promise<string[][]> {
  const lanes = await page.locator('.lane').all()
  return Promise.all(lanes.map(async (lane) => (await lane.locator('dd b').allTextContents()).slice(0, 2)))
}
