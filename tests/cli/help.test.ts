import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, inject, it } from 'vitest'
import { examplesIn, layExamples } from './example-folder.ts'
import { ran } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
const program = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')
layExamples(folder)
const command = `#!/bin/sh\nexec '${process.execPath}' --conditions=@sluice/source '${program}' "$@"\n`
writeFileSync(join(folder, 'sluice'), command)
chmodSync(join(folder, 'sluice'), 0o755)
afterAll(() => rmSync(folder, { recursive: true }))

const { output: help } = await ran(['--help'])
const commands = [...(/^Commands:\n([\s\S]*?)\n\n/m.exec(help)?.[1] ?? '').matchAll(/^ {2}([a-z]+) /gm)]
  .map(([, name]) => name as string)
  .filter((name) => name !== 'help')
const helps = await Promise.all(
  [[], ...commands.map((name) => [name])].map(async (args) => {
    const { code, output } = await ran([...args, '--help'])
    return [['sluice', ...args].join(' '), code, output] as const
  }),
)

it('has commands', () => {
  expect(commands).toEqual(
    expect.arrayContaining(['check', 'explain', 'simulate', 'replay', 'inspect', 'reset', 'top', 'doctor']),
  )
})

it.each(helps)('%s --help fits a screen of 80 columns and 40 lines, and shows an example', (_, code, output) => {
  expect(code).toBe(0)
  const lines = output.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(40)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(examplesIn(output)).not.toEqual([])
})

it.each(helps.flatMap(([, , output]) => examplesIn(output)))('the example works: %s', (line) => {
  const PATH = `${folder}${delimiter}${process.env.PATH}`
  // Of a pipe, the last command tells the exit code.
  const env = { ...process.env, PATH, REDIS_URL: inject('redisUrl') }
  const output = execFileSync('/bin/sh', ['-c', line], { cwd: folder, env, encoding: 'utf8' })
  expect(output).not.toBe('')
})
