import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../packages.ts'
import { findMutants } from './find-mutants.ts'
import { type Mutant, mutate } from './mutant.ts'

const mutants = await findMutants()

it('every mutant still finds the code that it breaks', () => {
  for (const mutant of mutants) {
    const source = readFileSync(join(root, mutant.file), 'utf8')
    expect(mutate(mutant, source), mutant.name).not.toBe(source)
  }
})

it('every mutant names a file of tests that exists', () => {
  for (const { name, law } of mutants) {
    if (typeof law === 'number') continue
    expect(existsSync(join(root, law.file)), `${law.file}, for "${name}"`).toBe(true)
  }
})

it('a mutant that does not apply exactly once is an error', () => {
  const mutant: Mutant = { name: 'drains twice', law: 1, file: 'src/a.ts', edits: [['rate', '2 * rate']] }
  expect(mutate(mutant, 'used - rate')).toBe('used - 2 * rate')
  for (const [code, times] of [
    ['used', 0],
    ['rate + rate', 2],
  ] as const) {
    const message = `Expected "rate" once in src/a.ts for "drains twice", found it ${times} times`
    expect(() => mutate(mutant, code)).toThrow(message)
  }
})
