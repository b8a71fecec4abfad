import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { installedAsModule } from '../installed/installed-packages.ts'

const page = join(import.meta.dirname, '..', '..', 'page')

/** The page as one file that needs nothing else, so that it opens from a folder as well as from the web. */
export async function sitePage(): Promise<string> {
  const [html, style, script] = await Promise.all([
    readFile(join(page, 'index.html'), 'utf8'),
    readFile(join(page, 'style.css'), 'utf8'),
    bundled(join(page, 'main.ts')),
  ])
  const policy = [
    "default-src 'none'",
    'img-src data:',
    'worker-src blob:',
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

/** The script of the page with the packages that it runs. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['@sluice/source'],
    plugins: [installedPlugin],
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

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function replaced(html: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`Expected index.html to contain ${from}`)
    return text.replace(from, () => to)
  }, html)
}
