import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, packageFolders, root } from '../../tooling/packages.ts'

/** The house as the rules see it: its packages, and what stands about them elsewhere. */
export interface House {
  readonly packages: readonly HousePackage[]
  /** Names of what the root depends on. */
  readonly rootDependencies: readonly string[]
  /** The README of the root. */
  readonly readme: string
  /** The programs of the documents: file to text. */
  readonly examples: Texts
}

/** A public package. */
export interface HousePackage {
  /** From the root, for example `packages/stores/redis`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Its texts by their place in the package: the README, the mutants, the sources with their tests. */
  readonly files: Texts
}

/** What the rules read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly repository: { readonly url: string }
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export type Texts = Readonly<Record<string, string>>

/** The house that stands here. */
export function readHouse(): House {
  const { devDependencies } = JSON.parse(read('package.json')) as { readonly devDependencies: Texts }
  return {
    packages: packageFolders().map(readPackage),
    rootDependencies: Object.keys(devDependencies),
    readme: read('README.md'),
    examples: textsOf(filesOf('examples/*.ts')),
  }
}

function readPackage(folder: string): HousePackage {
  const files = filesOf(`${folder}/{README.md,mutants.ts,src/**/*.ts}`)
  return {
    folder,
    manifest: JSON.parse(read(join(folder, 'package.json'))) as Manifest,
    files: textsOf(files, `${folder}/`),
  }
}

function textsOf(files: readonly string[], prefix = ''): Texts {
  return Object.fromEntries(files.map((file) => [file.slice(prefix.length), read(file)]))
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
