import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

// Everything rests on core, so core rests on nothing. What tries it with algorithms and stores lies in this folder.
const source = join(import.meta.dirname, '..', '..', 'packages', 'core', 'src')
const files = globSync('**/*.ts', { cwd: source }).sort()
const imported = /\b(?:from|import)\s*\(?\s*['"`]([^'"`\s]+)['"`]/g

const importsOf = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(imported)].map(([, name]) => name as string)

it.each(files.filter((file) => !file.endsWith('.test.ts')))('core/%s imports files of core alone', (file) => {
  for (const name of importsOf(file)) expect(name).toMatch(/^\.\.?\//)
})

it.each(files.filter((file) => file.endsWith('.test.ts')))('core/%s imports no other package of ours', (file) => {
  for (const name of importsOf(file)) expect(name).toMatch(/^(\.\.?\/|node:|fast-check$|vitest$)/)
})
