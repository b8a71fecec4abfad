import { isDeepStrictEqual } from 'node:util'
import type { HousePackage, Manifest } from './house.ts'

const theirOwn = ['bin', 'dependencies', 'peerDependencies', 'peerDependenciesMeta', 'devDependencies']
const searched = ['rate-limit', 'rate-limiter', 'rate-limiting', 'throttle']

/** What is wrong with the manifest of a public package; all are as that of core. */
export function manifestProblems(
  { folder, manifest }: HousePackage,
  packages: readonly HousePackage[],
): readonly string[] {
  const core = packages.find(({ manifest: { name } }) => name === '@sluice/core')?.manifest ?? manifest
  const { name, description, keywords } = manifest
  const wanted = expected(manifest, folder, core)
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(manifest)])].filter(
    (one) => !theirOwn.includes(one),
  )
  const order = [...Object.keys(wanted), ...theirOwn.filter((field) => field in manifest)]
  const wrong = fields
    .filter((field) => !isDeepStrictEqual(manifest[field], wanted[field]))
    .map((field) => `\`${field}\``)
  const problems = [
    wrong.length > 0 && `says ${wrong.join(', ')} in its own way`,
    wrong.length === 0 && String(Object.keys(manifest)) !== String(order) && 'has its fields in another order',
    !/^@sluice\/[a-z-]+$/.test(name) && 'has a name of another form',
    !/^[A-Z].{20,}\.$/.test(description) && 'has no sentence for a description',
    !searched.every((word) => keywords.includes(word)) && `lacks one of the keywords ${searched.join(', ')}`,
    new Set(keywords).size !== keywords.length && 'has a keyword twice',
  ]
  return problems.filter((problem) => problem !== false).map((problem) => `${folder}/package.json ${problem}`)
}

/** What a manifest must say, given what is its own. */
function expected(
  { name, description, keywords, exports }: Manifest,
  folder: string,
  core: Manifest,
): Record<string, unknown> {
  const repository = core.repository.url.replace(/^git\+|\.git$/g, '')
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
