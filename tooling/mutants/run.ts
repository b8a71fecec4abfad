import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../packages.ts'
import { startRedis } from '../redis.ts'
import { findMutants } from './find-mutants.ts'
import { type Mutant, mutate } from './mutant.ts'

// Breaks the code in one place after the other, runs the law that must notice, and writes who noticed to docs/proof.md. With a
// part of a path, such as `sliding-log` or `packages/core`, only what is broken there, and nothing is written.
const [part = ''] = process.argv.slice(2)
const mutants = (await findMutants()).filter(({ file }) => file.includes(part))
if (mutants.length === 0) throw new Error(`Expected mutants of files whose path holds \`${part}\`, found none`)
const folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
const redis = await startRedis()

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** The first test that failed, or undefined when the mutant survived. */
function caughtBy(mutant: Mutant, index: number): string | undefined {
  const output = join(folder, `${index}.json`)
  const { file, title } = noticing(mutant)
  const args = ['run', file, '-t', title, '--bail', '1']
  spawnSync('vitest', [...args, '--reporter', 'json', '--outputFile', output], {
    cwd: root,
    env: { ...process.env, SLUICE_MUTANT: JSON.stringify(mutant), REDIS_URL: redis.url },
    stdio: 'ignore',
  })
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as Report
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  if (results.length === 0) throw new Error(`Expected "${mutant.name}" to let the tests start`)
  return results.find(({ status }) => status === 'failed')?.fullName
}

/** Where to look for the test that must fail. */
function noticing({ law }: Mutant): { readonly file: string; readonly title: string } {
  return typeof law === 'number' ? { file: 'tests/conformance.test.ts', title: `law ${law}:` } : law
}

function lawOf({ law }: Mutant): string {
  return typeof law === 'number' ? `${law}` : '–'
}

/** Files that hold Lua, or functions that return it. */
const returnsLua = /(\.lua|-lua|lone-script|batch-script)\.ts$/

function spelling({ file }: Mutant): string {
  return returnsLua.test(file) ? 'Lua' : 'TypeScript'
}

function proof(rows: readonly (readonly [Mutant, string])[]): string {
  const lines = rows.map(([mutant, test]) => {
    const file = mutant.file.split('/').at(-1)
    return `| ${lawOf(mutant)} | ${mutant.name} | ${spelling(mutant)}, \`${file}\` | ${test} |`
  })
  return `# Proof that each law can fail

Written by \`npx -y pnpm@12 test:mutants\`, which breaks the code on purpose, in one place at a time, and runs the law that must
notice. All ${rows.length} mutants were caught.

| law | what was broken | where | caught by |
|---|---|---|---|
${lines.join('\n')}
`
}

const rows: [Mutant, string][] = []
const survivors: Mutant[] = []
try {
  for (const mutant of mutants) mutate(mutant, readFileSync(join(root, mutant.file), 'utf8'))
  for (const [index, mutant] of mutants.entries()) {
    const test = caughtBy(mutant, index)
    if (test === undefined) survivors.push(mutant)
    else rows.push([mutant, test])
    console.log(
      `${test === undefined ? 'SURVIVED' : 'caught  '}  law ${lawOf(mutant)}: ${mutant.name} (${spelling(mutant)})`,
    )
  }
} finally {
  await redis.stop()
  rmSync(folder, { recursive: true, force: true })
}

console.log(`${rows.length} caught, ${survivors.length} survived`)
if (survivors.length > 0) process.exitCode = 1
else if (part === '') writeFileSync(join(root, 'docs', 'proof.md'), proof(rows))
