import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { laws } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { root } from '../packages.ts'
import { expectWanted } from './expect-wanted.ts'
import { renamed, spellingsOf } from './spellings.ts'

describe('a name', () => {
  it('is put in place of the template in every spelling', () => {
    const template =
      "Plain window: plainWindow, PlainWindowOptions, plainWindowLua, plain-window.ts, a plain window, 'pw1'."
    const text = "Slow tap: slowTap, SlowTapOptions, slowTapLua, slow-tap.ts, a slow tap, 'st1'."
    expect(renamed(template, spellingsOf('plain-window'), spellingsOf('slow-tap'))).toBe(text)
    expect(renamed('Plain window: plainWindow', spellingsOf('plain-window'), spellingsOf('gcra'))).toBe('Gcra: gcra')
  })

  it.each([
    [[], 'Expected a kind (algorithm, store) and a name, as in: new algorithm token-bucket'],
    [['limiter', 'tap'], 'Expected a kind (algorithm, store) and a name, as in: new algorithm token-bucket'],
    [['store'], 'Expected a kind (algorithm, store) and a name, as in: new algorithm token-bucket'],
    [
      ['algorithm', 'slow-tap', 'now'],
      'Expected a kind (algorithm, store) and a name, as in: new algorithm token-bucket',
    ],
    [['algorithm', 'SlowTap'], 'Expected the name to be words of a to z joined by dashes, got SlowTap'],
    [['algorithm', '../tap'], 'Expected the name to be words of a to z joined by dashes, got ../tap'],
    [
      ['algorithm', 'token-bucket'],
      'Expected a new name, got token-bucket: packages/algorithms/token-bucket is there already',
    ],
    [['store', 'outage'], 'Expected a new name, got outage: examples/outage.ts is there already'],
    [['algorithm', 'load'], 'Expected a name that no function or variable has, got load'],
    [['algorithm', 'class'], 'Expected a name that no function or variable has, got class'],
    [
      ['algorithm', 'top-bottom'],
      "Expected another name, got top-bottom: stored keys would end in 'tb1', as packages/algorithms/token-bucket/src/token-bucket.ts has it",
    ],
  ])('is refused: %o', (words, message) => {
    expect(() => expectWanted(words)).toThrow(new Error(message))
  })
})

/** A copy of the house as it stands here, in which commands run as its user would run them. */
const clone = mkdtempSync(join(tmpdir(), 'sluice-new-'))
const env = { ...process.env, REDIS_URL: inject('redisUrl'), SLUICE_RUNS: '0.1', TURBO_TELEMETRY_DISABLED: '1' }

function lines(command: string, ...args: readonly string[]): string[] {
  return execFileSync(command, args, { cwd: clone, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: clone, env, maxBuffer: 2 ** 26 })
  return stdout
}

const pnpm = (...args: readonly string[]): Promise<string> => run('npx', '-y', 'pnpm@12', ...args)

describe('in a clean clone', () => {
  beforeAll(async () => {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)))
    for (const file of files) {
      mkdirSync(dirname(join(clone, file)), { recursive: true })
      cpSync(join(root, file), join(clone, file))
    }
    lines('git', 'init', '-q')
    lines('git', 'add', '-A')
    await pnpm('install', '--prefer-offline')
    await pnpm('new', 'algorithm', 'slow-tap')
    await pnpm('new', 'store', 'tin')
  }, 120_000)

  afterAll(() => rmSync(clone, { recursive: true, force: true }))

  it('a new algorithm and a new store touch nothing but what they write', () => {
    expect(lines('git', 'diff', '--name-only')).toEqual([
      'README.md',
      'package.json',
      'packages/config/src/known-packages.ts',
      'packages/config/src/sluice.schema.json',
      'pnpm-lock.yaml',
    ])
    const added = lines('git', 'ls-files', '-o', '--exclude-standard')
    const elsewhere = added.filter((file) => !/^packages\/(algorithms\/slow-tap|stores\/tin)\//.test(file))
    expect(elsewhere).toEqual([
      '.changeset/slow-tap.md',
      '.changeset/store-tin.md',
      'examples/slow-tap.ts',
      'examples/tin.ts',
    ])
    const named = added.filter((file) => /plain.?(window|shelf)/i.test(file + readFileSync(join(clone, file), 'utf8')))
    expect(named, 'files in which the template still shows').toEqual([])
  })

  it.each(['lint', 'format:check', 'types', 'build'])('they pass %s before a line is changed', async (check) => {
    await pnpm(check)
  })

  it('they keep the rules of the house, and their tests pass', async () => {
    const tests = [
      'tests/house',
      'tests/twins',
      'tests/config/shipped-schema',
      'tooling/mutants',
      'tooling/committed-scripts',
    ]
    const own = ['packages/algorithms/slow-tap', 'packages/stores/tin']
    expect(await pnpm('exec', 'vitest', 'run', ...tests, ...own)).toMatch(/^Held: /m)
  })

  it('they keep the laws, and their examples run', async () => {
    const names = 'slow-tap on|on tin|(slow-tap|tin)(/README.md|.ts) '
    const proven = new RegExp(`^Proven: ${laws.length} laws on \\d+ pairs of algorithm and store`, 'm')
    expect(await pnpm('exec', 'vitest', 'run', 'tests/conformance', 'tests/readme', '-t', names)).toMatch(proven)
  })
})
