import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { startRedis } from '../redis.ts'
import { browserProblems, webpackProblems } from './bundle.ts'
import { commandLineProblems } from './command-line.ts'
import { compilations } from './compile.ts'
import { wrongContents } from './contents.ts'
import { asInWorkspace, install, layConsumer, type Manager } from './install.ts'
import { publintProblems, typeProblems } from './known-linters.ts'
import { localRegistry } from './local-registry.ts'
import { type PackedPackage, packAll } from './public-packages.ts'
import { nodes, runProblems } from './run-on-nodes.ts'

// Packs every public package and tries it as a new user would: in empty folders, with the tools that users have.
const root = join(import.meta.dirname, '..', '..')
const peers = [
  'ioredis',
  'redis',
  'fast-check',
  '@types/node',
  'express',
  '@types/express',
  'fastify',
  'hono',
  '@hono/node-server',
  'koa',
  '@types/koa',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  'reflect-metadata',
  'rxjs',
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
].map(asInWorkspace)

/** The decorators of Nest are those of TypeScript, not those of JavaScript. */
const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }

const scratch = mkdtempSync(join(tmpdir(), 'sluice-packed-'))
let failed = 0

async function check(title: string, problems: () => Promise<readonly string[]> | readonly string[]): Promise<void> {
  const start = performance.now()
  const found = await problems()
  failed += found.length
  console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'}  ${title}  ${Math.round(performance.now() - start)} ms`)
  for (const problem of found) console.log(`        ${problem.replaceAll('\n', '\n        ')}`)
}

/** Programs that import, or require, every entry point, and find the same in it. */
function layEntryPoints(folder: string, entries: readonly string[]): void {
  const list = JSON.stringify(entries)
  writeFileSync(
    join(folder, 'entries.cjs'),
    `(async () => {
  for (const entry of ${list}) {
    const [required, imported] = [Object.keys(require(entry)), Object.keys(await import(entry))]
    if (imported.length === 0 || String(required) !== String(imported)) throw new Error(entry)
  }
  console.log('works')
})()`,
  )
}

/** The programs of the documents, as JavaScript for any Node. */
async function layExamples(folder: string): Promise<readonly { program: string; prints: RegExp }[]> {
  mkdirSync(join(folder, 'examples'))
  copyFileSync(join(root, 'examples', 'sluice.yaml'), join(folder, 'examples', 'sluice.yaml'))
  const files = readdirSync(join(root, 'examples'))
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    // Servers do not end.
    .filter((file) => !readFileSync(join(root, 'examples', file), 'utf8').includes('process.env.PORT'))
  return Promise.all(
    files.map(async (file) => {
      const text = readFileSync(join(root, 'examples', file), 'utf8')
      const { code } = await transform(text, { loader: 'ts', tsconfigRaw })
      const program = join('examples', file.replace('.ts', '.mjs'))
      writeFileSync(join(folder, program), code)
      // What exports is no program, and prints nothing.
      return { program, prints: /^export /m.test(code) ? /^$/ : /./ }
    }),
  )
}

async function exampleProblems(folder: string): Promise<readonly string[]> {
  const redis = await startRedis()
  try {
    const problems: string[] = []
    for (const { program, prints } of await layExamples(folder)) {
      const mayWarn = program.includes('outage') ? /SLUICE_FALLBACK/ : undefined
      problems.push(...(await runProblems({ cwd: folder, program, prints, mayWarn, redisUrl: redis.url })))
    }
    return problems
  } finally {
    await redis.stop()
  }
}

async function tryOne(registry: string): Promise<void> {
  const folder = join(scratch, 'one')
  await check('one algorithm installs alone, by npm', () => install('npm', folder, registry, ['@sluice/token-bucket']))
  await layExamples(folder)
  await check('one algorithm works alone', () =>
    runProblems({ cwd: folder, program: 'examples/one-algorithm.mjs', prints: /^go ahead, 4 left\n$/ }),
  )
}

async function tryCommandLine(registry: string): Promise<void> {
  const folder = join(scratch, 'cli')
  const names = ['@sluice/cli', asInWorkspace('ioredis')]
  await check('the command line installs with a client, by npm', () => install('npm', folder, registry, names))
  await check('the examples of its help work', async () => {
    const redis = await startRedis()
    try {
      return await commandLineProblems(folder, redis.url)
    } finally {
      await redis.stop()
    }
  })
}

async function tryAll(manager: Manager, registry: string, packages: readonly PackedPackage[]): Promise<void> {
  const folder = join(scratch, manager)
  const names = [...packages.map(({ manifest }) => manifest.name), ...peers]
  await check(`all install by ${manager}`, () => install(manager, folder, registry, names))
  layConsumer(folder)
  layEntryPoints(
    folder,
    packages.flatMap(({ entries }) => entries),
  )
  await check(`every entry point is imported and required, by ${manager}`, () =>
    runProblems({ cwd: folder, program: 'entries.cjs' }),
  )
  if (manager === 'npm') return

  // Only here do packages find no others than those that they name.
  for (const { title, problems } of compilations(folder, packages)) await check(title, problems)
  await check('what they emit runs: ESM', () => runProblems({ cwd: join(folder, 'esm'), program: 'esm/main.js' }))
  await check('what they emit runs: over clients', () =>
    runProblems({ cwd: join(folder, 'esm'), program: 'esm/clients.js' }),
  )
  await check('what they emit runs: CommonJS', () => runProblems({ cwd: join(folder, 'cjs'), program: 'cjs/main.js' }))
  await check('what they emit runs: CommonJS that imports dynamically', () =>
    runProblems({ cwd: join(folder, 'cjs'), program: 'dynamic/dynamic.js' }),
  )
  await check('the programs of the documents run', () => exampleProblems(folder))
  await check('webpack bundles all, with source maps', () => webpackProblems(folder))
  await check('the bundle of webpack runs', () => runProblems({ cwd: folder, program: 'webpack/main.js' }))
  await check('esbuild bundles for browsers, and the bundle works', () => browserProblems(folder))
}

try {
  const packages = await packAll(scratch)
  await check(`${packages.length} packages hold what they name`, () => packages.flatMap(wrongContents))
  await check('publint', async () => (await Promise.all(packages.map(publintProblems))).flat())
  await check('are the types wrong', async () => (await Promise.all(packages.map(typeProblems))).flat())
  const registry = await localRegistry(packages)
  try {
    await tryOne(registry.url)
    await tryCommandLine(registry.url)
    await tryAll('npm', registry.url, packages)
    await tryAll('pnpm', registry.url, packages)
  } finally {
    registry.close()
  }
  console.log(`Node ${(await nodes).map(({ version }) => version).join(', ')}; ${peers.join(', ')}`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
if (failed > 0) process.exitCode = 1
