import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Page } from 'playwright-core'

/** What was found of a log in the page. */
export interface LogFigures {
  readonly lines: number
  /** Ms until the worker had started and read its first chunk. */
  readonly startMs: number
  /** Lines a second from then on, read and counted by clients. */
  readonly read: number
  /** Ms until the curves of all algorithms are there, reading left aside. */
  readonly curvesMs: number
  /** The longest time in which no progress was shown, in ms. */
  readonly silenceMs: number
  /** The longest task of the page's own thread, in ms; tasks below 50 ms are none. */
  readonly longestTaskMs: number
}

const clients = 20_000

/** Has the open page read a log of so many lines, as the server's own would be. */
export async function measureLog(page: Page, lines: number): Promise<LogFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const file = join(folder, 'access.log')
  try {
    await pipeline(Readable.from(chunksOf(lines)), createWriteStream(file))
    await watch(page)
    await page.locator('#log-file').setInputFiles(file)
    await page.locator('#log-result').waitFor({ timeout: 600_000 })
    const { chosen, begun, read, done, silenceMs, longestTaskMs } = await page.evaluate(
      () => (globalThis as unknown as { logWatch: Watched }).logWatch,
    )
    const [startMs, curvesMs] = [begun - chosen, done - read]
    return { lines, startMs, read: (1000 * lines) / (read - begun), curvesMs, silenceMs, longestTaskMs }
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Watched {
  chosen: number
  begun: number
  read: number
  done: number
  silenceMs: number
  longestTaskMs: number
}

/** Notes in the page when something was shown, and what held up its thread. */
function watch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const element = (id: string): HTMLElement => document.querySelector(`#${id}`) as HTMLElement
    const watched: Watched = { chosen: 0, begun: 0, read: 0, done: 0, silenceMs: 0, longestTaskMs: 0 }
    Object.assign(globalThis, { logWatch: watched })
    let last = 0
    element('log-file').addEventListener('change', () => {
      watched.chosen = performance.now()
    })
    const options = { subtree: true, childList: true, attributes: true }
    const observer = new MutationObserver(() => {
      const now = performance.now()
      const isReading = element('log-count').textContent?.endsWith(' lines')
      if (watched.begun === 0 && !isReading) return
      if (watched.begun === 0) {
        watched.begun = now
        last = now
      }
      watched.silenceMs = Math.max(watched.silenceMs, now - last)
      last = now
      if (watched.read === 0 && element('log-status').textContent?.includes(' requests of ')) watched.read = now
      if (watched.done === 0 && !element('log-result').hidden) watched.done = now
    })
    observer.observe(element('your-traffic'), options)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.longestTaskMs = Math.max(watched.longestTaskMs, duration)
    }).observe({ entryTypes: ['longtask'] })
  })
}

/** Lines in the combined format, 20 a second, of clients in a shuffled order; many at a time, because one is soon written. */
function* chunksOf(lines: number): Generator<string> {
  const tail =
    '"GET /shop/item?ref=home HTTP/1.1" 200 5120 "https://example.org/shop" "Mozilla/5.0 (X11; Linux x86_64)"'
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  let chunk = ''
  for (let i = 0; i < lines; i += 1) {
    const seconds = i / 20
    const day = two(1 + seconds / 86_400)
    const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
    const client = (i * 7919) % clients
    chunk += `11.0.${Math.floor(client / 256)}.${client % 256} - - [${day}/Mar/2026:${clock} +0000] ${tail}\n`
    if (i % 1000 === 999) {
      yield chunk
      chunk = ''
    }
  }
  yield chunk
}
