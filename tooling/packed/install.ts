import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

const root = join(import.meta.dirname, '..', '..')

/** The managers of packages that users have, and how each adds some. */
const managers = {
  npm: { command: 'npm', args: ['install', '--no-audit', '--no-fund', '--loglevel=warn'] },
  pnpm: { command: 'npx', args: ['-y', 'pnpm@12', 'add'] },
} as const

export type Manager = keyof typeof managers

/** Makes an empty folder with a manifest and installs packages into it; says what the manager warns of. */
export async function install(
  manager: Manager,
  folder: string,
  registry: string,
  packages: readonly string[],
): Promise<readonly string[]> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  writeFileSync(join(folder, '.npmrc'), `@sluice:registry=${registry}\n`)
  const { command, args } = managers[manager]
  const { code, output, errors } = await run(command, [...args, ...packages], folder)
  const warnings = `${output}\n${errors}`.split('\n').filter((line) => /\bwarn/i.test(line))
  if (code !== 0) return [`${manager}: ${output}${errors}`]
  return warnings.map((line) => `${manager}: ${line}`)
}

/** Lays the consumer's programs into a folder, as ESM and as CommonJS. */
export function layConsumer(folder: string): void {
  for (const [form, type] of [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ] as const) {
    cpSync(join(import.meta.dirname, 'consumer'), join(folder, form), { recursive: true })
    writeFileSync(join(folder, form, 'package.json'), JSON.stringify({ type }))
  }
}

/** A package as the workspace has it: its name and exact version. */
export function asInWorkspace(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json')
  return `${name}@${(JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version}`
}
