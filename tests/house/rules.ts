import type { House, HousePackage } from './house.ts'
import { circleIn, importsOf, packageOf } from './imports.ts'
import { manifestProblems } from './manifest-problems.ts'

/** What must hold of the whole house. */
export interface Rule {
  readonly title: string
  /** What breaks it, one sentence each. */
  problems(house: House): readonly string[]
}

/** Kinds of packages, and which kinds each may depend on: every arrow points down, to core in the end. */
const below: Readonly<Record<string, readonly string[]>> = {
  core: [],
  testkit: ['core'],
  algorithms: ['core', 'testkit', 'algorithms'],
  'redis-script': ['core', 'testkit'],
  stores: ['core', 'testkit', 'redis-script'],
  doors: ['core', 'doors'],
  metrics: ['core'],
  opentelemetry: ['core', 'metrics'],
  simulation: ['core'],
  config: ['core', 'algorithms', 'stores'],
  cli: ['core', 'algorithms', 'redis-script', 'stores', 'simulation', 'config'],
}

const arrows: Rule = {
  title: 'arrows point down: a package depends on what lies below it',
  problems: ({ packages }) =>
    packages.flatMap(({ folder, manifest }) => {
      const kind = kindOf(folder)
      const mayUse = below[kind]
      if (mayUse === undefined) return [`${folder} is of a new kind: say in tests/house/rules.ts what lies below it`]
      return dependenciesOf(manifest).flatMap((name) => {
        const used = packages.find((one) => one.manifest.name === name)
        if (used === undefined || mayUse.includes(kindOf(used.folder))) return []
        return [`${folder} depends on ${used.folder}, which does not lie below it`]
      })
    }),
}

const named: Rule = {
  title: 'sources import what their package names, and the testkit only where they are made ready for it',
  problems: ({ packages }) =>
    packages.flatMap((one) =>
      importsOf(one).flatMap(({ file, target }) => {
        const name = packageOf(target)
        const where = `${one.folder}/${file}`
        if (target.startsWith('..')) return [`${where} imports ${target}, out of its package`]
        if (name === undefined || name === one.manifest.name) return []
        if (!dependenciesOf(one.manifest).includes(name))
          return [`${where} imports ${name}, which its package does not name`]
        if (name === '@sluice/testkit' && file !== 'src/conformance.ts') return [`${where} imports the testkit`]
        return []
      }),
    ),
}

const circles: Rule = {
  title: 'nothing goes round in a circle, neither packages nor the files of one',
  problems({ packages }) {
    const between = new Map(packages.map(({ manifest }) => [manifest.name, dependenciesOf(manifest)]))
    const within = packages.map((one) => ({ one, circle: circleIn(filesAfter(one)) }))
    return [
      ...describeCircle('', circleIn(between)),
      ...within.flatMap(({ one, circle }) => describeCircle(`${one.folder}: `, circle)),
    ]
  },
}

function filesAfter(one: HousePackage): ReadonlyMap<string, readonly string[]> {
  const imports = importsOf(one).filter(({ isType }) => !isType)
  const files = [...new Set(imports.map(({ file }) => file))]
  return new Map(files.map((from) => [from, imports.filter(({ file }) => file === from).map(({ target }) => target)]))
}

function describeCircle(prefix: string, circle: readonly string[] | undefined): readonly string[] {
  return circle === undefined ? [] : [`${prefix}${circle.join(' → ')}`]
}

const manifests: Rule = {
  title: 'manifests are equal but for name, description, keywords, entry points and dependencies',
  problems: ({ packages }) => packages.flatMap((one) => manifestProblems(one, packages)),
}

const rows: Rule = {
  title:
    'a package says what it is in one sentence: in its manifest, its README, and its row in the README of the root',
  problems: ({ packages, readme }) =>
    packages.flatMap(({ folder, manifest: { name, description }, files }) => {
      const row = new RegExp(`^\\| \\[\`${name}\`\\]\\(${folder}\\) +\\| (.*?) +\\|$`, 'm').exec(readme)?.[1]
      const own = files['README.md'] ?? ''
      return [
        ...(row === description ? [] : [`README.md says of ${name}: ${row ?? 'nothing'}`]),
        ...(own.replace(/\s+/g, ' ').startsWith(`# ${name} ${description}`)
          ? []
          : [`${folder}/README.md does not begin with the name and the description of its package`]),
      ]
    }),
}

const dependencies: Rule = {
  title: 'every package is a dependency of the root, so that tests and examples find it',
  problems: ({ packages, rootDependencies }) =>
    packages
      .filter(({ manifest: { name } }) => !rootDependencies.includes(name))
      .map(({ manifest: { name } }) => `package.json does not depend on ${name}`),
}

const algorithms: Rule = {
  title: 'an algorithm has both spellings, a model, tests, an example, mutants, and a row that says when to take it',
  problems: (house) =>
    ofKind(house, 'algorithms').flatMap((one) => {
      const name = one.folder.split('/').at(-1) as string
      const conformance = one.files['src/conformance.ts'] ?? ''
      return missing(one.folder, {
        "a name that is its folder's": one.manifest.name === `@sluice/${name}`,
        'a Lua twin': hasTwin(house, one),
        'a model': conformance.includes('export const subject') && /\bmodel\b/.test(conformance),
        'a test': `src/${name}.test.ts` in one.files,
        'an example that its README shows': isShown(house, one),
        'a mutant': (one.files['mutants.ts'] ?? '').includes('law: '),
        'a row in the table of the algorithms': house.readme.includes(`\n| ${name.replaceAll('-', ' ')} `),
      })
    }),
}

/** Its own, or that of the algorithm whose machine it is. */
function hasTwin(house: House, one: HousePackage): boolean {
  if (Object.keys(one.files).some((file) => file.endsWith('.lua.ts'))) return true
  const names = dependenciesOf(one.manifest)
  return ofKind(house, 'algorithms').some((other) => names.includes(other.manifest.name) && hasTwin(house, other))
}

const stores: Rule = {
  title: 'a store is ready for the laws, has tests, and an example',
  problems: (house) =>
    ofKind(house, 'stores').flatMap((one) => {
      const name = one.folder.split('/').at(-1) as string
      return missing(one.folder, {
        "a name that is its folder's": one.manifest.name === `@sluice/store-${name}`,
        'a harness': /export (async )?function harness\(/.test(one.files['src/conformance.ts'] ?? ''),
        'a test': Object.keys(one.files).some((file) => file.endsWith('.test.ts')),
        'an example that its README shows': isShown(house, one),
      })
    }),
}

/** Whether an example imports the package and stands in its README. */
function isShown({ examples }: House, { manifest, files }: HousePackage): boolean {
  const readme = files['README.md'] ?? ''
  return Object.entries(examples).some(
    ([file, text]) => readme.includes(`<!-- ${file} -->`) && text.includes(`'${manifest.name}'`),
  )
}

const names: Rule = {
  title: 'files are named for what they export: none is a bag of helpers, and none exports all of another',
  problems: ({ packages }) =>
    packages.flatMap(({ folder, files }) =>
      Object.entries(files).flatMap(([file, text]) => {
        const bag = /(^|\/)(utils?|helpers?|common|types|misc)\.ts$/.test(file)
        const all = /^export \* /m.test(text)
        return [
          ...(bag ? [`${folder}/${file} is named for no one thing`] : []),
          ...(all ? [`${folder}/${file} exports all of another file`] : []),
        ]
      }),
    ),
}

/** The rules of the house. */
export const rules = {
  arrows,
  named,
  circles,
  manifests,
  rows,
  dependencies,
  algorithms,
  stores,
  names,
} satisfies Readonly<Record<string, Rule>>

function kindOf(folder: string): string {
  return folder.split('/')[1] as string
}

function ofKind({ packages }: House, kind: string): readonly HousePackage[] {
  return packages.filter(({ folder }) => kindOf(folder) === kind)
}

function dependenciesOf({ dependencies, peerDependencies }: HousePackage['manifest']): readonly string[] {
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => packageOf(name) !== undefined)
}

function missing(folder: string, wanted: Readonly<Record<string, boolean>>): readonly string[] {
  const lacking = Object.entries(wanted).filter(([, isThere]) => !isThere)
  return lacking.map(([what]) => `${folder} has no ${what.replace(/^an? /, '')}`)
}
