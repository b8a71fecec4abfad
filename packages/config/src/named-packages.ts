import type { DescribedAlgorithm, DescribedStore, SluicePackage } from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { type Problem, problemIn, quoted } from './document-error.ts'
import { closed, packagePattern } from './document-schema.ts'
import { type Found, findPackage, type Kind, packageOf, withoutSubpath } from './find-package.ts'
import { found } from './found.ts'
import { knownAlgorithms, knownStores } from './known-packages.ts'
import type { Path } from './path.ts'
import { type Data, entriesOf, own } from './plain-data.ts'
import { type Validate, validator } from './validator.ts'

/** Packages that are given rather than imported, by the names that documents have for them: what `import * as x` gives. */
export type Packages = Readonly<Record<string, { readonly sluice?: SluicePackage }>>

/** An algorithm or a store, and what checks its options, with the property that names it among them. */
export interface Checkable<D> {
  readonly described: D
  readonly validate: Validate
}

/** What a document names, by that name. */
export interface Named {
  readonly algorithms: ReadonlyMap<string, Checkable<DescribedAlgorithm>>
  readonly stores: ReadonlyMap<string, Checkable<DescribedStore>>
}

/** Where packages come from. */
export interface PackageSource {
  /** Where a document's packages are installed. */
  readonly folder: string
  readonly packages: Packages
}

interface Mention {
  readonly kind: Kind
  readonly name: string
  readonly path: Path
}

/** Loads the packages that a document names, and no others. One that is missing is a problem that says what to install. */
export async function namedPackages(document: Data, source: PackageSource, problems: Problem[]): Promise<Named> {
  const algorithms = new Map<string, Checkable<DescribedAlgorithm>>()
  const stores = new Map<string, Checkable<DescribedStore>>()
  const mentions = mentionsIn(document)
  const results = await Promise.all(mentions.map((mention) => load(mention, source)))
  const missing = new Set<string>()

  for (const [i, result] of results.entries()) {
    const { kind, name, path } = mentions[i] as Mention
    if (result.kind === 'found' && kind === 'algorithm')
      algorithms.set(name, result.one as Checkable<DescribedAlgorithm>)
    else if (result.kind === 'found') stores.set(name, result.one as Checkable<DescribedStore>)
    else problems.push(problemIn(path, result.message))
    if (result.kind === 'missing') for (const one of result.install) missing.add(one)
  }
  if (missing.size > 0) problems.push(problemIn([], `Install what is missing: npm install ${[...missing].join(' ')}`))
  return { algorithms, stores }
}

/** Each name once, at the first place where the document has it. */
function mentionsIn(document: Data): readonly Mention[] {
  const mentions = new Map<string, Mention>()
  const mention = (kind: Kind, name: Data | undefined, path: Path): void => {
    if (typeof name !== 'string' || !new RegExp(packagePattern).test(name)) return
    const id = `${kind} ${name}`
    if (!mentions.has(id)) mentions.set(id, { kind, name, path })
  }
  const store = own(document, 'store')
  mention('store', store === undefined ? 'memory' : own(store, 'driver'), ['store', 'driver'])
  for (const [limiter, options] of entriesOf(own(document, 'limiters'))) {
    const at = ['limiters', limiter]
    mention('algorithm', own(own(options, 'policy'), 'algorithm'), [...at, 'policy', 'algorithm'])
    for (const [policy, one] of entriesOf(own(options, 'policies'))) {
      mention('algorithm', own(one, 'algorithm'), [...at, 'policies', policy, 'algorithm'])
    }
  }
  return [...mentions.values()]
}

type Loaded =
  | { readonly kind: 'found'; readonly one: Checkable<DescribedAlgorithm | DescribedStore> }
  | { readonly kind: 'missing'; readonly message: string; readonly install: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string }

async function load({ kind, name, path }: Mention, { folder, packages }: PackageSource): Promise<Loaded> {
  const given = Object.hasOwn(packages, name) ? packages[name] : undefined
  const result: Found = given === undefined ? await findPackage(kind, name, folder) : { exports: given }
  if ('exports' in result) return described(kind, name, result.exports)
  if ('missing' in result) return missing({ kind, name, path }, result.missing)
  const code = result.failed instanceof Error ? codeOf(result.failed) : 'something that is no Error'
  return { kind: 'failed', message: `Expected the package ${packageIn(kind, name)} to load, it failed with ${code}` }
}

function described(kind: Kind, name: string, exports: unknown): Loaded {
  const one = property(property(exports, 'sluice'), kind)
  const make = property(one, kind === 'algorithm' ? 'create' : 'open')
  const expected = `Expected the package ${packageIn(kind, name)} to export \`sluice\` with \`${kind}\`, as SluicePackage of @sluice/core has it`
  if (typeof make !== 'function') return { kind: 'failed', message: `${expected}, got ${found(one)}` }
  const described = one as DescribedAlgorithm | DescribedStore
  try {
    const validate = validator(closed(kind === 'algorithm' ? 'algorithm' : 'driver', described.options))
    return { kind: 'found', one: { described, validate } }
  } catch {
    return { kind: 'failed', message: `${expected}, got \`options\` that are no JSON Schema` }
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function knownNames(kind: Kind): readonly string[] {
  return kind === 'algorithm' ? knownAlgorithms : Object.keys(knownStores)
}

/** The package that a name stands for, as errors call it. */
function packageIn(kind: Kind, name: string): string {
  return knownNames(kind).includes(name) ? packageOf(kind, name) : name
}

function missing({ kind, name, path }: Mention, lacking: string): Loaded {
  const known = knownNames(kind)
  const isOurs = known.includes(name)
  const expected = `Expected ${quoted(path)} to be one of ${known.join(', ')}, or the name of a package that is installed`
  // A name that is neither ours nor of a scope is more likely a slip than a package.
  if (!isOurs && !name.includes('/')) return { kind: 'failed', message: `${expected}, got ${found(name)}` }
  const own = withoutSubpath(packageOf(kind, name))
  const needs = isOurs && kind === 'store' ? (knownStores[name] ?? []) : []
  const install = lacking === own ? [own, ...needs] : [lacking]
  return {
    kind: 'missing',
    install,
    message: `Expected the package ${lacking} to be installed for ${quoted(path)}, it is not`,
  }
}
