import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PackedPackage } from './public-packages.ts'

/** What is wrong with the files of a package: every map finds its sources, and every link its target. */
export function wrongContents({ folder, manifest }: PackedPackage): readonly string[] {
  const files = globSync('**/*.*', { cwd: folder })
  const missing = ['LICENSE', 'README.md'].filter((file) => !existsSync(join(folder, file)))
  const tests = files.filter((file) => file.includes('.test.'))
  const built = files.filter((file) => file.startsWith('dist/') && /(?<!\.d)\.(ts|js)$/.test(file))
  const stale = built.filter((file) => !existsSync(join(folder, file.replace(/^dist(.*)\.js$/, 'src$1.ts'))))
  return [
    ...missing.map((file) => `${file} is missing`),
    ...tests.map((file) => `${file} is a test`),
    ...stale.map((file) => `${file} has no source: remove dist and build again`),
    ...(built.length > 0 ? [] : ['nothing is built']),
    ...files.filter((file) => file.endsWith('.map')).flatMap((file) => lostSources(folder, file)),
    ...relativeLinks(folder).map((target) => `README.md links to ${target}, which a registry's page does not have`),
  ].map((problem) => `${manifest.name}: ${problem}`)
}

interface SourceMap {
  readonly sources: readonly string[]
  readonly sourceRoot?: string
}

function lostSources(folder: string, file: string): readonly string[] {
  const { sources, sourceRoot = '' } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as SourceMap
  const lost = sources.filter((source) => !existsSync(join(folder, dirname(file), sourceRoot, source)))
  return [
    ...(sources.length > 0 ? [] : [`${file} names no source`]),
    ...lost.map((source) => `${file} names ${source}, which is not in the package`),
  ]
}

function relativeLinks(folder: string): readonly string[] {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  return [...text.matchAll(/\]\((?!https:|#)([^)]+)\)/g)].map(([, target]) => target as string)
}
