import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Plugin, transform } from 'esbuild'
import { installedAsModule } from '../installed/installed-packages.ts'

const page = join(import.meta.dirname, '..', '..', 'page')

/** The page as one file that needs nothing else, so that it opens from a folder. */
export async function onePage(): Promise<string> {
  return pageWith(await bundled([]), 'blob:')
}

/** The page for the web, whose readers need not wait for what reads logs, and the script that does. */
export interface WebPage {
  readonly page: string
  /** Beside the page as `log.js`: the worker that is started when there is a log. */
  readonly logScript: string
}

/** The page for the web as text. */
export async function webPage(): Promise<WebPage> {
  const [page, logScript] = await Promise.all([bundled([withoutLogPlugin]), bundled([])])
  const html = replaced(await pageWith(page, "blob: 'self'"), [['<html ', '<html data-log-script="log.js" ']])
  return { page: html, logScript }
}

async function pageWith(script: string, workers: string): Promise<string> {
  const html = await readFile(join(page, 'index.html'), 'utf8')
  const style = await minifiedStyle()
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `worker-src ${workers}`,
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
  ].join('; ')
  return replaced(html, [
    [
      '<meta charset="utf-8" />',
      `<meta charset="utf-8" /><meta http-equiv="content-security-policy" content="${policy}" />`,
    ],
    ['<link rel="stylesheet" href="/page/style.css" />', `<style>${style}</style>`],
    ['<script type="module" src="/page/main.ts"></script>', `<script type="module">${script}</script>`],
  ])
}

async function minifiedStyle(): Promise<string> {
  const style = await readFile(join(page, 'style.css'), 'utf8')
  return (await transform(style, { loader: 'css', minify: true })).code.trim()
}

/** The script of the page with the packages that it runs. */
async function bundled(plugins: readonly Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(page, 'main.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['@sluice/source'],
    plugins: [installedPlugin, withoutRedisPlugin, ...plugins],
  })
  // Within a page, the text of a script must not end it.
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script')
}

/** The installed algorithms as a list: a page cannot look into folders. */
const installedPlugin: Plugin = {
  name: 'installed',
  setup({ onLoad }) {
    onLoad({ filter: /installed-algorithms\.ts$/ }, ({ path }) => ({
      contents: installedAsModule(),
      resolveDir: dirname(path),
    }))
  },
}

/** The scripts for Redis as empty texts: a page without a server sends none. */
const withoutRedisPlugin: Plugin = {
  name: 'without-redis',
  setup({ onLoad }) {
    onLoad({ filter: /\.lua\.ts$/ }, async ({ path }) => {
      const names = (await readFile(path, 'utf8')).matchAll(/^export const (\w+)/gm)
      return { contents: [...names].map(([, name]) => `export const ${name} = ''`).join('\n') }
    })
  },
}

/** Without what reads a log: a script of its own does that. */
const withoutLogPlugin: Plugin = {
  name: 'without-log',
  setup({ onLoad }) {
    onLoad({ filter: /log-worker\.ts$/ }, () => ({ contents: 'export const logWorker = () => () => {}' }))
  },
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function replaced(html: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`Expected index.html to contain ${from}`)
    return text.replace(from, () => to)
  }, html)
}
