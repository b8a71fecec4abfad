import type { House, HousePackage, Manifest, Texts } from './house.ts'

/** A small house that keeps the rules: core, one algorithm, one store, one door. To break one, change a package of it. */
export function exampleHouse(changes: Readonly<Record<string, Change>> = {}): House {
  const all = Object.entries({ core, bucket, shelf, door }).map(([name, one]) => changed(one, changes[name]))
  const row = ({ folder, manifest: { name, description } }: HousePackage): string =>
    `| [\`${name}\`](${folder}) | ${description} |\n`
  return {
    packages: all,
    rootDependencies: all.map(({ manifest }) => manifest.name),
    readme: `# Sluice\n\n| algorithm | admits |\n| --- | --- |\n| bucket | bursts |\n\n${all.map(row).join('')}`,
    examples: {
      'examples/bucket.ts': `import { bucket } from '@sluice/bucket'\n`,
      'examples/shelf.ts': `import { shelfStore } from '@sluice/store-shelf'\n`,
    },
  }
}

/** What of a package is other than in the example: fields of its manifest, and files (`undefined`: gone). */
export interface Change {
  readonly folder?: string
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string | undefined>>
}

function changed({ folder, manifest, files }: HousePackage, change: Change = {}): HousePackage {
  const texts = Object.entries({ ...files, ...change.files }).filter(([, text]) => text !== undefined)
  return {
    folder: change.folder ?? folder,
    manifest: { ...manifest, ...change.manifest } as Manifest,
    files: Object.fromEntries(texts) as Texts,
  }
}

const core = packageOf(
  'packages/core',
  '@sluice/core',
  'The limiter and its contract.',
  {},
  {
    'src/index.ts': `export { limiter } from './limiter.ts'\n`,
    'src/limiter.ts': `import type { limiter } from './index.ts'\nimport { clock } from './clock.ts'\n`,
  },
)

const bucket = packageOf(
  'packages/algorithms/bucket',
  '@sluice/bucket',
  'Bucket: bursts, then a steady rate.',
  { '@sluice/core': 'workspace:^' },
  {
    'mutants.ts': `export const mutants = [{ name: 'drains twice as fast', law: 1 }]\n`,
    'src/bucket.ts': `import type { Policy } from '@sluice/core'\nimport { bucketLua } from './bucket.lua.ts'\n`,
    'src/bucket.lua.ts': `export const bucketLua = ''\n`,
    'src/bucket.test.ts': `import { memoryStore } from '@sluice/anything'\n`,
    'src/conformance.ts': `import { laws } from '@sluice/testkit'\nexport const subject = { model: () => ({}) }\n`,
  },
  { '@sluice/testkit': 'workspace:^' },
)

const shelf = packageOf(
  'packages/stores/shelf',
  '@sluice/store-shelf',
  'Rate-limit state on a shelf.',
  { '@sluice/core': 'workspace:^' },
  {
    'src/shelf-store.ts': `import {\n  type States,\n  decidingGate,\n} from '@sluice/core'\n`,
    'src/shelf-store.test.ts': `it('keeps what is put on it', () => {})\n`,
    'src/conformance.ts': `export async function harness() {}\n`,
  },
)

const door = packageOf(
  'packages/doors/door',
  '@sluice/door',
  'A limiter in front of a door.',
  { '@sluice/core': 'workspace:^' },
  { 'src/door.ts': `const load = () => import('@sluice/core')\n` },
)

function packageOf(
  folder: string,
  name: string,
  description: string,
  dependencies: Texts,
  files: Texts,
  peerDependencies?: Texts,
): HousePackage {
  const short = folder.split('/').at(-1)
  const home = 'https://example.org/sluice'
  const target = { types: './dist/index.d.ts', default: './dist/index.js' }
  return {
    folder,
    manifest: {
      name,
      version: '0.0.0',
      description,
      keywords: ['rate-limit', 'rate-limiter', 'rate-limiting', 'throttle'],
      license: 'MIT',
      homepage: `${home}/tree/main/${folder}#readme`,
      bugs: `${home}/issues`,
      repository: { type: 'git', url: `git+${home}.git`, directory: folder } as Manifest['repository'],
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.19' },
      main: './dist/index.js',
      types: './dist/index.d.ts',
      exports: { '.': { '@sluice/source': './src/index.ts', ...target } },
      publishConfig: { access: 'public', exports: { '.': target } },
      files: ['dist', 'src', '!src/**/*.test.ts'],
      scripts: { build: 'tsc -p .' },
      dependencies,
      ...(peerDependencies && { peerDependencies }),
    },
    files: { 'README.md': `# ${name}\n\n${description}\n\n<!-- examples/${short}.ts -->\n`, ...files },
  }
}
