import { createLimiter, type Limiter, type LimiterOptions, type Policies, type Policy, type Store } from '@sluice/core'
import { limiterOptionSchemas } from '@sluice/core/internal'
import type { CheckedLimiter, CheckedOverride, CheckedPolicy } from './check-sluice.ts'
import { type Problem, problem, problemIn, quoted } from './document-error.ts'
import { found, withoutUrls } from './found.ts'
import type { Named } from './named-packages.ts'
import { type Match, tiesOf } from './overrides.ts'
import { type Path, spell } from './path.ts'
import { asObject, type Data, type DataObject, entriesOf, own } from './plain-data.ts'
import { typed } from './typed.ts'

/** What the steps of a check share. */
export interface Checking {
  readonly named: Named
  /** What is wrong so far. */
  readonly problems: Problem[]
  /** What the document says where it names variables, by path. */
  readonly origins: ReadonlyMap<string, string>
}

/** Policies of a document by name, and where each lies. */
type PlacedPolicies = readonly { readonly name: string; readonly path: Path; readonly data: Data }[]

/** Makes the policies of a limiter and of its overrides. What is wrong is added to the problems, and left out here. */
export function checkLimiter(checking: Checking, name: string, limiter: DataObject): CheckedLimiter {
  const at = ['limiters', name]
  const placed = placedPolicies(limiter, at)
  const policies = policiesOf(placed.map(({ name: policy, path, data }) => [policy, makePolicy(checking, path, data)]))
  const options = optionsOf(limiter)
  const dry = tryLimiter(checking, at, policies, options)
  const overrides = checkOverrides(checking, own(limiter, 'overrides'), { at, placed, policies, dry })
  return { policies, sources: sourcesOf(checking, placed), overrides, options }
}

/** Those of policies whose algorithm is known; a document with others is refused. */
function sourcesOf({ named }: Checking, placed: PlacedPolicies): CheckedLimiter['sources'] {
  const entries = placed.flatMap(({ name, data }): [string, CheckedPolicy][] => {
    const { algorithm, ...options } = asObject(data) ?? {}
    const described = named.algorithms.get(String(algorithm))?.described
    return described === undefined ? [] : [[name, { described, options }]]
  })
  return Object.fromEntries(entries)
}

function optionsOf(limiter: DataObject): CheckedLimiter['options'] {
  const given = limiterOptionNames.filter((option) => Object.hasOwn(limiter, option))
  return Object.fromEntries(given.map((option) => [option, limiter[option]]))
}

function placedPolicies(limiter: DataObject, at: Path): PlacedPolicies {
  if (Object.hasOwn(limiter, 'policy')) {
    return [{ name: 'default', path: [...at, 'policy'], data: limiter.policy as Data }]
  }
  return entriesOf(own(limiter, 'policies')).map(([name, data]) => ({ name, path: [...at, 'policies', name], data }))
}

function policiesOf(made: readonly (readonly [string, Policy | undefined])[]): Policies {
  return Object.fromEntries(made.filter((entry): entry is [string, Policy] => entry[1] !== undefined))
}

/** The policy of options that the schema has found right; `undefined` with a problem when it, or the algorithm, has not. */
function makePolicy(checking: Checking, path: Path, data: Data): Policy | undefined {
  const { algorithm, ...options } = asObject(data) ?? {}
  const checkable = checking.named.algorithms.get(String(algorithm))
  if (checkable === undefined || !isRight(checking, path)) return undefined
  const { create, options: schema } = checkable.described
  return attempt(checking, path, Object.keys(schema.properties), () => create(options))
}

/** Whether nothing is wrong so far at a path or below. */
function isRight({ problems }: Checking, path: Path): boolean {
  const spelled = spell(path)
  return !problems.some(
    ({ path: wrong }) => wrong === spelled || wrong.startsWith(`${spelled}.`) || wrong.startsWith(`${spelled}[`),
  )
}

/** What `make` makes, or a problem in the words of what it throws, with the path of the option it names. */
function attempt<T>({ problems }: Checking, path: Path, options: readonly string[], make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    problems.push(problemOf(path, error, options))
    return undefined
  }
}

/** The problem that an error of a factory is, at a path; at the option that it names, where that is one of `options`. */
export function problemOf(path: Path, error: unknown, options: readonly string[]): Problem {
  const message = withoutUrls(error instanceof Error ? error.message : String(error))
  const [start, option] = /^Expected `(\w+)`/.exec(message) ?? []
  if (start === undefined || option === undefined || !options.includes(option)) {
    return problemIn(path, `${quoted(path)}: ${message}`)
  }
  return problemIn([...path, option], `Expected ${quoted([...path, option])}${message.slice(start.length)}`)
}

/** The options of a limiter that a document may hold. */
export const limiterOptionNames: readonly string[] = Object.keys(limiterOptionSchemas)

/** A store to try the options of a limiter with. Nothing is ever decided by it. */
const nowhere: Store = { bind: () => ({ apply: () => Promise.reject(new Error('Nothing is decided while checking')) }) }

/** Stands for policies that could not be made, to try the other options all the same. */
const anyPolicy: Policy = {
  algorithm: 'any',
  format: 'any',
  limit: 1,
  ceiling: 1,
  unit: 1,
  window: 1,
  parameters: [],
  lua: '',
  giveBackLua: '',
  load: () => {},
  save: () => {},
  giveBack: () => {},
  retryAfter: () => 0,
  resetAfter: () => 0,
}

/** Tries the options that the schema has found right. Returns the limiter if all of it is. */
function tryLimiter(
  checking: Checking,
  at: Path,
  policies: Policies,
  options: CheckedLimiter['options'],
): Limiter | undefined {
  const wasRight = isRight(checking, at)
  const right = Object.entries(options).filter(([option]) => isRight(checking, [...at, option]))
  const made = wasRight ? { policies } : { policy: anyPolicy }
  const dry = attempt(checking, at, limiterOptionNames, () =>
    createLimiter({ ...Object.fromEntries(right), ...made, name: 'dry', store: nowhere } as LimiterOptions),
  )
  return wasRight ? dry : undefined
}

interface Around {
  readonly at: Path
  readonly placed: PlacedPolicies
  readonly policies: Policies
  /** The limiter, over no store. */
  readonly dry: Limiter | undefined
}

function checkOverrides(checking: Checking, overrides: Data | undefined, around: Around): readonly CheckedOverride[] {
  if (!Array.isArray(overrides) || around.dry === undefined) return []
  const listAt = [...around.at, 'overrides']
  if (!isRight(checking, listAt)) return []
  const checked = overrides.map((override: Data, i) =>
    checkOverride(checking, override, { ...around, at: [...listAt, i] }),
  )

  for (const { first, second, both } of tiesOf(checked.map(({ match }) => match))) {
    const rival = quoted([...listAt, first])
    const matched = JSON.stringify(both)
    const expected = `to match more or fewer fields than ${rival}, or others`
    checking.problems.push(
      problemIn(
        [...listAt, second],
        `Expected ${quoted([...listAt, second])} ${expected}, got a tie: both match ${matched}`,
      ),
    )
  }
  return checked
}

function checkOverride(checking: Checking, override: Data, around: Around): CheckedOverride {
  const { at, placed, policies, dry } = around
  const isOne = Object.hasOwn(asObject(override) ?? {}, 'policy')
  const given = isOne ? [['default', own(override, 'policy') as Data] as const] : entriesOf(own(override, 'policies'))
  const changes = given.flatMap(([name, change]) => {
    const path = isOne ? [...at, 'policy'] : [...at, 'policies', name]
    const base = placed.find((one) => one.name === name)
    if (base !== undefined) return [[name, changedPolicy(checking, path, base.data, change)] as const]
    const known = placed.map((one) => one.name).join(', ')
    checking.problems.push(problem(path, `a policy of its limiter: ${known}`, 'another'))
    return []
  })
  const changed = { ...policies, ...policiesOf(changes) }
  if (isRight(checking, at)) attempt(checking, at, [], () => dry?.with({ policies: changed }))
  return { match: own(override, 'match') as unknown as Match, policies: changed }
}

/** A policy of a limiter with some options changed. */
function changedPolicy(checking: Checking, path: Path, base: Data, change: Data): Policy | undefined {
  const { named, problems, origins } = checking
  const [was, now] = [own(base, 'algorithm'), own(change, 'algorithm')]
  if (now !== undefined && now !== was) {
    problems.push(
      problem(
        [...path, 'algorithm'],
        `${found(was)}, as in its limiter, or left out`,
        `${found(now)}: it would be a fresh quota`,
      ),
    )
    return undefined
  }
  const validate = named.algorithms.get(String(was))?.validate
  if (validate === undefined) return undefined
  const merged = typed({ ...asObject(base), ...asObject(change) }, { origins, validate, at: path })
  problems.push(...validate(merged, path, origins))
  return makePolicy(checking, path, merged)
}
