import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { compare } from '../comparison/compare.ts'
import { initialSettings } from '../comparison/link.ts'
import { preview } from '../picture/picture.ts'
import { sitePage } from './site-page.ts'

const folder = join(import.meta.dirname, '..', '..', 'dist')

const page = await sitePage()
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'index.html'), page)
const comparison = await compare(initialSettings)
for (const scheme of ['light', 'dark'] as const) {
  await writeFile(join(folder, `preview-${scheme}.svg`), preview(comparison, scheme))
}
console.log(`${join(folder, 'index.html')}: ${(gzipSync(page).length / 1000).toFixed(1)} kB gzipped`)
