import type { Page } from 'playwright-core'
import { launchChromium, noChromium } from '../../../../tooling/chromium.ts'
import { scenarioNames } from '../../../demo/src/comparison/scenarios.ts'
import { openStore } from '../../../demo/src/open-store.ts'
import { serve } from '../../../demo/src/serve.ts'
import { progress } from '../progress.ts'
import { type LogFigures, measureLog } from './measure-log.ts'

/** What was found of the demo's page. */
export interface DemoFigures {
  readonly browser: string
  /** How many steps of a drag a second change the picture, by the number of requests. */
  readonly steps: Readonly<Record<number, number>>
  /** Ms of the comparison alone, by the number of requests: the median of the slowest scenario. */
  readonly comparison: Readonly<Record<number, { readonly ms: number; readonly scenario: string }>>
  readonly log: LogFigures
}

/** The numbers of requests that are compared between two events. */
export const requestCounts = [100, 500, 1000] as const

/** Measures the page in a real Chromium, at 1280 × 720. `quick` only shows that it works. */
export async function measureDemo({ quick }: { readonly quick: boolean }): Promise<DemoFigures> {
  const browser = await launchChromium()
  if (browser === undefined) throw new Error(noChromium)
  const serving = await serve({ store: await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' }), port: 0 })
  const rounds = quick ? 3 : 60
  const steps: Record<number, number> = {}
  const comparison: Record<number, { ms: number; scenario: string }> = {}
  try {
    for (const requests of requestCounts) {
      progress(`demo: ${requests} requests`)
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
      await page.goto(`${serving.url}/?requests=${requests}`)
      await page.locator('.lane .baseline').first().waitFor({ state: 'attached' })
      steps[requests] = await stepsPerSecond(page, rounds)
      comparison[requests] = await slowestComparison(page, requests, rounds)
      await page.close()
    }
    const lines = quick ? 20_000 : 1_000_000
    progress(`demo: a log of ${lines} lines`)
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
    await page.goto(serving.url)
    const log = await measureLog(page, lines)
    await page.close()
    return { browser: `Chromium ${browser.version()}`, steps, comparison, log }
  } finally {
    await browser.close()
    await serving.close()
  }
}

/** Steps of the limit up and down, each of which must have changed the picture before the next one is taken. */
function stepsPerSecond(page: Page, rounds: number): Promise<number> {
  return page.evaluate(async (times) => {
    const input = document.querySelector<HTMLInputElement>('[name="limit"]')
    const lanes = document.querySelector('#lanes')
    if (input === null || lanes === null) throw new Error('Expected the page to have a limit and lanes')
    const nextEvent = (): Promise<void> =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => resolve()
        port2.postMessage(undefined)
      })
    let before = lanes.innerHTML
    const step = async (i: number): Promise<void> => {
      input.value = String(11 + (i % 20))
      input.dispatchEvent(new Event('input', { bubbles: true }))
      await nextEvent()
      if (lanes.innerHTML === before) throw new Error('Expected each step to change the picture')
      before = lanes.innerHTML
    }
    for (let i = 0; i < 20; i += 1) await step(i)
    const start = performance.now()
    for (let i = 0; i < times; i += 1) await step(i)
    return (1000 * times) / (performance.now() - start)
  }, rounds)
}

async function slowestComparison(page: Page, requests: number, rounds: number) {
  const found = await page.evaluate(
    async ([count, times, names]) => {
      const at = (path: string): string => new URL(path, location.href).href
      const { compare } = await import(at('/src/comparison/compare.ts'))
      const { initialSettings } = await import(at('/src/comparison/link.ts'))
      const { mostDecisions } = await import(at('/src/comparison/scenarios.ts'))
      const results: { scenario: string; ms: number }[] = []
      for (const scenario of names) {
        const settings = { ...initialSettings, scenario, requests: count }
        // Retries count as requests: so many of them go to the worker.
        if (mostDecisions(settings) > 1000) continue
        const taken: number[] = []
        for (let i = 0; i < times; i += 1) {
          const start = performance.now()
          await compare(settings)
          taken.push(performance.now() - start)
        }
        results.push({ scenario, ms: taken.sort((a, b) => a - b)[taken.length >> 1] ?? 0 })
      }
      return results
    },
    [requests, rounds, scenarioNames] as const,
  )
  return found.reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest), { scenario: '', ms: 0 })
}
