import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { compare } from '../comparison/compare.ts'
import { initialSettings } from '../comparison/link.ts'
import { preview } from '../picture/picture.ts'
import { onePage, webPage } from './site-page.ts'

const folder = join(import.meta.dirname, '..', '..', 'dist')

const { page, logScript } = await webPage()
const texts = { 'index.html': page, 'log.js': logScript, 'one-page.html': await onePage() }
await mkdir(folder, { recursive: true })
for (const [name, text] of Object.entries(texts)) {
  await writeFile(join(folder, name), text)
  console.log(`${join(folder, name)}: ${(gzipSync(text).length / 1000).toFixed(1)} kB gzipped`)
}
const comparison = await compare(initialSettings)
for (const scheme of ['light', 'dark'] as const) {
  await writeFile(join(folder, `preview-${scheme}.svg`), preview(comparison, scheme))
}
