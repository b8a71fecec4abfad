import type { Browser, Page } from 'playwright-core'
import { type OpenStore, openStore } from '../open-store.ts'
import { type Serving, serve } from '../serve.ts'

/** The page as a reader has it open, and everything that it should not have done. */
export interface OpenPage {
  readonly page: Page
  /** What the console said, errors among it, and what was asked of other servers. */
  readonly complaints: readonly string[]
  readonly url: string
  close(): Promise<void>
}

/** The two sizes at which the first screen must be seen whole. */
export const sizes = [
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
] as const

interface OpenPageOptions {
  readonly browser: Browser
  /** The part of the address from the question mark on. */
  readonly search?: string
  readonly size?: (typeof sizes)[number]
  readonly colorScheme?: 'light' | 'dark'
  /** Default: memory. */
  readonly store?: OpenStore
  /** Where packages are installed. */
  readonly installedIn?: readonly string[]
}

/** Serves the demo and opens it, until its lanes are drawn. */
export async function openPage(options: OpenPageOptions): Promise<OpenPage> {
  const { browser, search = '', size = sizes[0], colorScheme = 'light' } = options
  const store = options.store ?? (await openStore({ kind: 'memory', url: 'redis://127.0.0.1:6379' }))
  const serving: Serving = await serve({ store, port: 0, installedIn: options.installedIn })
  const page = await browser.newPage({ viewport: size, colorScheme })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${String(error)}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(serving.url)) complaints.push(`request: ${request.url()}`)
  })
  await page.goto(`${serving.url}/${search}`)
  await page.waitForFunction(() => document.querySelectorAll('.lane .baseline').length >= 4)
  return {
    page,
    complaints,
    url: serving.url,
    async close() {
      await page.close()
      await serving.close()
    },
  }
}
