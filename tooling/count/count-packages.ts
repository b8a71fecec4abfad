import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type CountedFunction, functionLengths } from './function-lengths.ts'

/** How large a package is, tests aside. */
export interface PackageSize {
  readonly name: string
  /** Lines of code: neither blank nor only a comment. */
  readonly code: number
  readonly files: readonly { readonly file: string; readonly lines: number }[]
  readonly functions: readonly (CountedFunction & { readonly file: string })[]
  /** Nine of ten functions are no longer. */
  readonly p90: number
}

const root = join(import.meta.dirname, '..', '..')

/** Counts all packages. */
export function countPackages(): readonly PackageSize[] {
  const manifests = globSync('packages/**/package.json', {
    cwd: root,
    exclude: (name) => name.includes('node_modules'),
  })
  return manifests.sort().map((manifest) => countPackage(dirname(manifest)))
}

function countPackage(folder: string): PackageSize {
  const files = globSync(`${folder}/src/**/*.ts`, { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
  const sources = files.map((file) => ({ file, source: readFileSync(join(root, file), 'utf8') }))
  const functions = sources.flatMap(({ file, source }) => functionLengths(source).map((one) => ({ ...one, file })))
  const lengths = functions.map(({ lines }) => lines).sort((a, b) => a - b)
  return {
    name: folder.slice('packages/'.length),
    code: sources.reduce((sum, { source }) => sum + codeLines(source), 0),
    files: sources.map(({ file, source }) => ({ file, lines: source.split('\n').length - 1 })),
    functions,
    p90: lengths[Math.ceil(lengths.length * 0.9) - 1] ?? 0,
  }
}

function codeLines(source: string): number {
  const lines = source.replace(/\/\*[\s\S]*?\*\//g, '').split('\n')
  return lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length
}
