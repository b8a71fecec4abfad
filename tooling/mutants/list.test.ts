import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { mutants } from './list.ts'
import { mutate } from './plugin.ts'

const root = join(import.meta.dirname, '..', '..')

it('every mutant still finds the code that it breaks', () => {
  for (const mutant of mutants) {
    const source = readFileSync(join(root, mutant.file), 'utf8')
    expect(mutate(mutant, source), mutant.name).not.toBe(source)
  }
})
