import type { DescribedAlgorithm, DescribedStore, LimiterOptions, Policies } from '@sluice/core'
import type { limiterOptionSchemas } from '@sluice/core/internal'
import { type Checking, checkLimiter } from './check-limiter.ts'
import { DocumentError, type Problem } from './document-error.ts'
import { type DescribedOptions, documentSchema } from './document-schema.ts'
import { type Named, namedPackages, type Packages } from './named-packages.ts'
import type { Match } from './overrides.ts'
import { asObject, type Data, type DataObject, entriesOf, own, plainData } from './plain-data.ts'
import { typed } from './typed.ts'
import { validator } from './validator.ts'
import { type Environment, type Expanded, expandVariables } from './variables.ts'

/** How a document is read. */
export interface CheckOptions {
  /** What `${VARIABLES}` are looked up in. Default `process.env`. */
  readonly env?: Environment | undefined
  /** Packages that are given rather than imported, by the names that the document has for them: what `import * as x` gives. */
  readonly packages?: Packages | undefined
  /** The folder whose packages are meant. Default: the current one; of a file, its own. */
  readonly folder?: string | undefined
  /** What errors call the document. Default `'The document'`; of a file, its path. */
  readonly called?: string | undefined
}

/** Parameters of a limiter's policies for some. */
export interface CheckedOverride {
  readonly match: Match
  /** All of the limiter's policies. */
  readonly policies: Policies
}

/** Where a policy of a document comes from: `described.create(options)` makes it again. */
export interface CheckedPolicy {
  readonly described: DescribedAlgorithm
  /** As the document has them, with its variables filled in. */
  readonly options: DataObject
}

/** A limiter of a document, ready to be created. */
export interface CheckedLimiter {
  readonly policies: Policies
  /** Of each of the policies, by its name. */
  readonly sources: Readonly<Record<string, CheckedPolicy>>
  readonly overrides: readonly CheckedOverride[]
  /** Its other options, as `createLimiter` takes them. */
  readonly options: Pick<LimiterOptions, keyof typeof limiterOptionSchemas>
}

/** The store of a document, not yet opened. */
export interface CheckedStore {
  readonly driver: string
  /** Its options. They may hold secrets. */
  readonly options: DataObject
  readonly described: DescribedStore
}

/** A document that is right, with nothing opened. */
export interface CheckedSluice {
  readonly store: CheckedStore
  readonly limiters: Readonly<Record<string, CheckedLimiter>>
}

/**
 * Checks a document, without opening its store, and makes its policies. Rejects with a `DocumentError` that has all that is wrong:
 * where, what was expected, and what was found.
 */
export async function checkSluice(document: unknown, options: CheckOptions = {}): Promise<CheckedSluice> {
  const { env = process.env, packages = {}, folder = process.cwd(), called = 'The document' } = options
  const problems: Problem[] = []
  const refuseIfWrong = (): void => {
    if (problems.length > 0) throw new DocumentError(called, problems)
  }
  const data = plainData(document, problems)
  refuseIfWrong()
  const expanded = expandVariables(data, env, problems)
  const named = await namedPackages(expanded.data, { folder, packages }, problems)
  const checked = checkExpanded(expanded, named, problems)
  refuseIfWrong()
  return checked
}

function checkExpanded({ data, origins, missing }: Expanded, named: Named, problems: Problem[]): CheckedSluice {
  const validate = validator(documentSchema(describedOptions(named)))
  const filled = typed(data, { origins, validate })
  problems.push(...validate(filled, [], origins).filter(({ path }) => !missing.has(path)))

  const checking: Checking = { named, problems, origins }
  const limiters = entriesOf(own(filled, 'limiters')).map(([name, limiter]) => [
    name,
    checkLimiter(checking, name, asObject(limiter) ?? {}),
  ])
  return { store: storeOf(filled, named), limiters: Object.fromEntries(limiters) }
}

function describedOptions({ algorithms, stores }: Named): DescribedOptions {
  return {
    algorithms: new Map([...algorithms].map(([name, { described }]) => [name, described.options])),
    stores: new Map([...stores].map(([name, { described }]) => [name, described.options])),
  }
}

function storeOf(document: Data, { stores }: Named): CheckedStore {
  const { driver = 'memory', ...options } = asObject(own(document, 'store')) ?? {}
  const name = String(driver)
  return { driver: name, options, described: stores.get(name)?.described as DescribedStore }
}
