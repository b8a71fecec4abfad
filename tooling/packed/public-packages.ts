import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const execute = promisify(execFile)

/** A manifest, as it stands in a tarball. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly repository: { readonly directory: string }
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly [field: string]: unknown
}

/** A public package, packed and unpacked again. */
export interface PackedPackage {
  readonly manifest: Manifest
  readonly tarball: string
  /** Where it lies unpacked. */
  readonly folder: string
  /** What users may import: `@sluice/token-bucket`, `@sluice/token-bucket/debt`. */
  readonly entries: readonly string[]
}

/** Packs every public package into `folder`, as a release would; they must be built. */
export async function packAll(folder: string): Promise<readonly PackedPackage[]> {
  const files = globSync('packages/**/package.json', { cwd: root, exclude: (name) => name.includes('node_modules') })
  const command = ['-y', 'pnpm@12', '--filter', './packages/**', 'pack', '--pack-destination', folder]
  await execute('npx', command, { cwd: root })
  return Promise.all(files.sort().map((file) => unpack(folder, JSON.parse(readFileSync(join(root, file), 'utf8')))))
}

async function unpack(folder: string, { name, version }: Manifest): Promise<PackedPackage> {
  const stem = `${name.replace('@', '').replace('/', '-')}-${version}`
  const tarball = join(folder, `${stem}.tgz`)
  const target = join(folder, stem)
  mkdirSync(target)
  await execute('tar', ['-xzf', tarball, '-C', target, '--strip-components', '1'])
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Manifest
  const entries = Object.keys(manifest.exports).map((subpath) => manifest.name + subpath.slice(1))
  return { manifest, tarball, folder: target, entries }
}
