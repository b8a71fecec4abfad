import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { compare } from '../comparison/compare.ts'
import { initialSettings } from '../comparison/link.ts'
import { picture } from '../picture/picture.ts'
import { sitePage } from './site-page.ts'

const folder = join(import.meta.dirname, '..', '..', 'dist')

const page = await sitePage()
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'index.html'), page)
await writeFile(join(folder, 'preview.svg'), picture(await compare(initialSettings)))
console.log(`${join(folder, 'index.html')}: ${(gzipSync(page).length / 1000).toFixed(1)} kB gzipped`)
