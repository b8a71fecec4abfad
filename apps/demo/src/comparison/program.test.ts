import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { algorithms } from './algorithms.ts'
import { initialSettings } from './link.ts'
import { programOf, programOfAll } from './program.ts'

async function run(program: string): Promise<string> {
  const folder = await mkdtemp(join(import.meta.dirname, '..', '..', 'node_modules', '.copied-'))
  try {
    const file = join(folder, 'program.mjs')
    await writeFile(file, program)
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@sluice/source', file])
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

it.each(algorithms)('gives a program with the $name that runs', async (algorithm) => {
  expect(await run(programOf(algorithm, initialSettings))).toBe('true 0 0\n')
})

it('gives a program with all algorithms that runs', async () => {
  const output = await run(programOfAll({ ...initialSettings, by: 'promise' }))
  expect(output).toBe('fixedWindow true 4\nslidingLog true 9\ntokenBucket true 4\nleakyBucket true 9\n')
})
