import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

// All manifests say the same, each in its own words: name, description, keywords, entry points and dependencies.
const root = join(import.meta.dirname, '..')
const manifests = globSync('packages/**/package.json', { cwd: root, exclude: (name) => name.includes('node_modules') })

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly repository: { readonly url: string }
  readonly exports: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

const read = (file: string): Manifest => JSON.parse(readFileSync(join(root, file), 'utf8'))
const core = read('packages/core/package.json')
const repository = core.repository.url.replace(/^git\+|\.git$/g, '')
const theirOwn = ['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'devDependencies']

/** What a manifest must say, given what is its own. */
function expected({ name, description, keywords, exports }: Manifest, folder: string): object {
  const names = Object.keys(exports)
    .filter((subpath) => subpath !== '.')
    .map((subpath) => subpath.slice('./'.length))
  const built = (entry: string) => ({ types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` })
  const entries = [['.', 'index'] as const, ...names.map((entry) => [`./${entry}`, entry] as const)]
  const fromSource = (entry: string) => ({ '@sluice/source': `./src/${entry}.ts`, ...built(entry) })
  // For `moduleResolution: node10`, which knows no `exports`.
  const typesVersions = { '*': Object.fromEntries(names.map((entry) => [entry, [`./dist/${entry}.d.ts`]])) }
  return {
    name,
    version: core.version,
    description,
    keywords,
    license: 'MIT',
    homepage: `${repository}/tree/main/${folder}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
    type: 'module',
    sideEffects: false,
    engines: core.engines,
    main: './dist/index.js',
    types: './dist/index.d.ts',
    ...(names.length > 0 && { typesVersions }),
    exports: Object.fromEntries(entries.map(([subpath, entry]) => [subpath, fromSource(entry)])),
    publishConfig: {
      access: 'public',
      exports: Object.fromEntries(entries.map(([subpath, entry]) => [subpath, built(entry)])),
    },
    files: ['dist', 'src', '!src/**/*.test.ts'],
    scripts: { build: 'tsc -p .' },
  }
}

describe('the manifest of a public package', () => {
  it.each(manifests)('%s says what all say, in the same order', (file) => {
    const manifest = read(file)
    const common = Object.fromEntries(Object.entries(manifest).filter(([field]) => !theirOwn.includes(field)))
    const wanted = expected(manifest, dirname(file))
    expect(common).toEqual(wanted)
    const order = [...Object.keys(wanted), ...theirOwn.filter((field) => field in manifest)]
    expect(Object.keys(manifest)).toEqual(order)
  })

  it.each(manifests)('%s can be found: it has keywords and a description', (file) => {
    const { name, description, keywords } = read(file)
    expect(name).toMatch(/^@sluice\/[a-z-]+$/)
    expect(description).toMatch(/^[A-Z].{20,}\.$/)
    expect(keywords).toEqual(expect.arrayContaining(['rate-limit', 'rate-limiter', 'rate-limiting', 'throttle']))
    expect(new Set(keywords).size).toBe(keywords.length)
  })
})

it('the license is the one that the manifests name', () => {
  expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toMatch(/^MIT License\n/)
})
