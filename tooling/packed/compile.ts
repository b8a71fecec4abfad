import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from './public-packages.ts'
import { run } from './run.ts'

/** A way to compile the consumer: the folder says whether its modules are ESM or CommonJS. */
interface Setting {
  readonly title: string
  readonly folder: 'esm' | 'cjs'
  readonly files: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  /** Where what it emits goes, to be run. */
  readonly emit?: string
  /** What a compiler is known to say, and not of us. */
  readonly known?: Readonly<Record<string, RegExp>>
}

const all = ['in-memory.ts', 'simulated.ts', 'http.ts', 'algorithms.ts', 'every-entry.ts', 'options.ts', 'main.ts']

const settings: readonly Setting[] = [
  { title: 'node16, ESM', folder: 'esm', files: all, options: { module: 'node16' } },
  { title: 'node16, CommonJS', folder: 'cjs', files: ['dynamic.ts'], options: { module: 'node16' }, emit: 'dynamic' },
  {
    title: 'nodenext, ESM',
    folder: 'esm',
    files: [...all, 'clients.ts'],
    options: { module: 'nodenext' },
    emit: 'esm',
  },
  { title: 'nodenext, CommonJS', folder: 'cjs', files: all, options: { module: 'nodenext' }, emit: 'cjs' },
  { title: 'bundler', folder: 'esm', files: all, options: { module: 'esnext', moduleResolution: 'bundler' } },
  {
    title: 'bundler, without the types of any runtime',
    folder: 'esm',
    files: ['in-memory.ts'],
    options: { module: 'esnext', moduleResolution: 'bundler', types: [] },
  },
  {
    title: 'node10',
    folder: 'cjs',
    files: all,
    options: { module: 'commonjs', moduleResolution: 'node10' },
    known: {
      // fast-check's own declarations are not found there, and those of Fastify's logger want another option.
      typescript5:
        /^node_modules\/\.pnpm\/(fast-check@.*TS2307: Cannot find module 'pure-rand|pino@.*TS1259: Module .*thread-stream)/,
      // TypeScript 7 has no such resolution.
      typescript: /TS5108: Option 'moduleResolution=node10' has been removed/,
    },
  },
]

/** The compilers, by the names under which they are installed here. */
const compilers = ['typescript5', 'typescript']

/** Compiles the consumer in `folder`, where its packages are installed, in every setting with every compiler. */
export function compilations(
  folder: string,
  packages: readonly PackedPackage[],
): readonly { readonly title: string; problems(): Promise<readonly string[]> }[] {
  for (const form of ['esm', 'cjs']) {
    writeFileSync(join(folder, form, 'algorithms.ts'), allSubjects(packages))
    writeFileSync(join(folder, form, 'options.ts'), optionTypes(packages))
  }
  return settings.map((setting, index) => ({
    title: `TypeScript 5.9 and 7: ${setting.title}`,
    async problems() {
      const config = `tsconfig.${index}.json`
      writeFileSync(join(folder, config), JSON.stringify(configOf(folder, setting)))
      return (await Promise.all(compilers.map((compiler) => compile(compiler, folder, config, setting)))).flat()
    },
  }))
}

function configOf(root: string, { folder, files, options, emit }: Setting): object {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
  return {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2023'],
      types: ['node'],
      ...strict,
      // The declarations of the packages themselves are checked, too.
      skipLibCheck: false,
      rootDir: join(root, folder),
      ...(emit === undefined ? { noEmit: true } : { outDir: join(root, folder, emit) }),
      ...options,
    },
    files: files.map((file) => join(root, folder, file)),
  }
}

async function compile(
  compiler: string,
  folder: string,
  config: string,
  { title, known }: Setting,
): Promise<readonly string[]> {
  const packageFolder = join(import.meta.dirname, 'node_modules', compiler)
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  const { output } = await run(process.execPath, [join(packageFolder, 'bin', 'tsc'), '-p', config], folder)
  // An error may go on in lines that are indented.
  const errors = output.split(/\n(?=\S)/).filter((error) => error.trim() !== '')
  const exception = known?.[compiler]
  const unknown = errors.filter((error) => exception?.test(error) !== true)
  const unneeded = exception !== undefined && unknown.length === errors.length ? [`${exception} is not needed`] : []
  return [...unknown, ...unneeded].map((problem) => `TypeScript ${version}, ${title}: ${problem}`)
}

/** A module that exports all algorithms, ready for the laws. */
function allSubjects(packages: readonly PackedPackage[]): string {
  const algorithms = packages.filter(({ manifest }) => manifest.repository.directory.startsWith('packages/algorithms/'))
  const imports = algorithms.map(({ manifest }, i) => `import { subject as s${i} } from '${manifest.name}/conformance'`)
  return `${imports.join('\n')}
import type { Subject } from '@sluice/testkit'
export const subjects: readonly Subject[] = [${algorithms.map((_, i) => `s${i}`).join(', ')}]
`
}

/** A program that compiles only if every optional option takes `undefined`, in every type of options that is exported. */
function optionTypes(packages: readonly PackedPackage[]): string {
  const modules = packages.map(({ manifest: { name }, folder }, index) => {
    const declarations = readFileSync(join(folder, 'dist', 'index.d.ts'), 'utf8')
    const names = new Set(declarations.match(/\b[A-Z]\w*(?:Options|Request|Connection)\b|\bTraffic\b/g))
    const lines = [...names].map(
      (type, i) => `export type T${index}_${i} = Same<LeftOut<m${index}.${type}>, m${index}.${type}>`,
    )
    return [`import type * as m${index} from '${name}'`, ...lines].join('\n')
  })
  return `${modules.join('\n')}
type LeftOut<T> = T extends object
  ? { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K] }
  : T
type Same<Wider extends T, T> = Wider
`
}
