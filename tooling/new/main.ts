import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { committedSchema, writeSchema } from '../../tests/config/committed-schema.ts'
import { committedScripts, writeScript } from '../committed-scripts.ts'
import { root } from '../packages.ts'
import { expectWanted } from './expect-wanted.ts'
import { showExample, writePackage } from './write-package.ts'

// Writes a new package that works, for its writer to change: `new algorithm NAME`, `new store NAME`.
const pnpm = process.env.npm_execpath ?? 'pnpm'
const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
}
const format = (files: readonly string[]): void => {
  run(join(root, 'node_modules', '.bin', 'biome'), 'check', '--linter-enabled=false', '--write', ...files)
}

try {
  const wanted = expectWanted(process.argv.slice(2))
  const files = writePackage(wanted)
  // Links the package, and writes it into the lockfile.
  run(pnpm, 'install', '--prefer-offline', '--no-frozen-lockfile')
  // Another name may change the order of imports, and where lines break.
  const formatted = files.filter((file) => !file.startsWith('.changeset'))
  format(formatted)
  showExample(wanted)

  const folder = `${wanted.kind.folder}/${wanted.name}`
  const scripts = (await committedScripts()).filter(({ file }) => file.startsWith(`${folder}/`))
  for (const script of scripts) {
    mkdirSync(join(root, dirname(script.file)), { recursive: true })
    writeScript(script)
  }
  const schema = writeSchema(await committedSchema())
  format(schema)
  const written = [...files, ...scripts.map(({ file }) => file), ...schema, 'pnpm-lock.yaml']
  console.log(`Written:\n${written.map((file) => `  ${file}`).join('\n')}\n\nIn ${folder}:`)
  for (const step of wanted.kind.steps) console.log(`  ${step.replaceAll('NAME', wanted.name)}`)
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(error.message)
  process.exitCode = 1
}
