import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Change, exampleHouse } from './house/example-house.ts'
import { type House, readHouse } from './house/house.ts'
import { rules } from './house/rules.ts'

const house = readHouse()
const named = Object.entries(rules)

describe('the house', () => {
  it.each(named)('%s: $title', (_, { problems }) => {
    expect(problems(house)).toEqual([])
  })

  it('has the license that its manifests name', () => {
    expect(readFileSync(new URL('../LICENSE', import.meta.url), 'utf8')).toMatch(/^MIT License\n/)
  })
})

describe('a house that keeps the rules', () => {
  it.each(named)('has nothing to say for itself: %s', (_, { problems }) => {
    expect(problems(exampleHouse())).toEqual([])
  })
})

type Rule = keyof typeof rules
type Breach = readonly [
  rule: Rule,
  what: string,
  changes: Readonly<Record<string, Change>>,
  problems: readonly string[],
]

const uses = (...names: readonly string[]) => ({ dependencies: Object.fromEntries(names.map((name) => [name, '1'])) })
const manifest = 'packages/stores/shelf/package.json'

/** Each part of each rule, broken in one place. */
const breaches: readonly Breach[] = [
  [
    'arrows',
    'an algorithm that knows a store',
    { bucket: { manifest: uses('@sluice/core', '@sluice/store-shelf') } },
    ['packages/algorithms/bucket depends on packages/stores/shelf, which does not lie below it'],
  ],
  [
    'arrows',
    'core that knows a door',
    { core: { manifest: uses('@sluice/door') } },
    ['packages/core depends on packages/doors/door, which does not lie below it'],
  ],
  [
    'arrows',
    'a kind of package that nobody has placed',
    { door: { folder: 'packages/windows/door' } },
    ['packages/windows/door is of a new kind: say in tests/house/rules.ts what lies below it'],
  ],
  [
    'named',
    'a source that imports what its package does not name',
    { shelf: { files: { 'src/sweep.ts': `import { storedKey } from '@sluice/redis-script'\n` } } },
    ['packages/stores/shelf/src/sweep.ts imports @sluice/redis-script, which its package does not name'],
  ],
  [
    'named',
    'a source that reaches into another package by its path',
    { shelf: { files: { 'src/sweep.ts': `import { clock } from '../../../core/src/clock.ts'\n` } } },
    ['packages/stores/shelf/src/sweep.ts imports ../../core/src/clock.ts, out of its package'],
  ],
  [
    'named',
    'a source that needs the testkit to run',
    { bucket: { files: { 'src/rate.ts': `import { ceilDiv } from '@sluice/testkit'\n` } } },
    ['packages/algorithms/bucket/src/rate.ts imports the testkit'],
  ],
  [
    'circles',
    'packages that need each other',
    { core: { manifest: uses('@sluice/bucket') } },
    ['@sluice/core → @sluice/bucket → @sluice/core'],
  ],
  [
    'circles',
    'files that need each other',
    { core: { files: { 'src/clock.ts': `export { limiter } from './index.ts'\n` } } },
    ['packages/core: src/index.ts → src/limiter.ts → src/clock.ts → src/index.ts'],
  ],
  [
    'manifests',
    'another license, and a field that no other has',
    { shelf: { manifest: { license: 'ISC', browser: './dist/browser.js' } } },
    [`${manifest} says \`license\`, \`browser\` in its own way`],
  ],
  [
    'manifests',
    'fields in another order',
    { shelf: { manifest: { dependencies: undefined, devDependencies: {}, peerDependencies: {} } } },
    [`${manifest} has its fields in another order`],
  ],
  [
    'manifests',
    'a name of another scope',
    { shelf: { manifest: { name: '@shelf/store' } } },
    [`${manifest} has a name of another form`],
  ],
  [
    'manifests',
    'a description that is no sentence',
    { shelf: { manifest: { description: 'a shelf' } } },
    [`${manifest} has no sentence for a description`],
  ],
  [
    'manifests',
    'a package that a search would not find, and a keyword twice',
    { shelf: { manifest: { keywords: ['shelf', 'shelf'] } } },
    [
      `${manifest} lacks one of the keywords rate-limit, rate-limiter, rate-limiting, throttle`,
      `${manifest} has a keyword twice`,
    ],
  ],
  [
    'rows',
    'a README that says something else',
    { shelf: { files: { 'README.md': '# @sluice/store-shelf\n\nA shelf.\n' } } },
    ['packages/stores/shelf/README.md does not begin with the name and the description of its package'],
  ],
  [
    'algorithms',
    'an algorithm without a Lua twin',
    { bucket: { files: { 'src/bucket.lua.ts': undefined } } },
    ['packages/algorithms/bucket has no Lua twin'],
  ],
  [
    'algorithms',
    'one without a model',
    { bucket: { files: { 'src/conformance.ts': 'export const subject = {}\n' } } },
    ['packages/algorithms/bucket has no model'],
  ],
  [
    'algorithms',
    'one without tests of its own',
    { bucket: { files: { 'src/bucket.test.ts': undefined } } },
    ['packages/algorithms/bucket has no test'],
  ],
  [
    'algorithms',
    'one whose README shows no example',
    { bucket: { files: { 'README.md': '# @sluice/bucket\n\nBucket: bursts, then a steady rate.\n' } } },
    ['packages/algorithms/bucket has no example that its README shows'],
  ],
  [
    'algorithms',
    'one without mutants',
    { bucket: { files: { 'mutants.ts': 'export const mutants = []\n' } } },
    ['packages/algorithms/bucket has no mutant'],
  ],
  [
    'algorithms',
    'one in a folder of another name',
    { bucket: { folder: 'packages/algorithms/pail', files: { 'src/pail.test.ts': '' } } },
    [
      "packages/algorithms/pail has no name that is its folder's",
      'packages/algorithms/pail has no row in the table of the algorithms',
    ],
  ],
  [
    'stores',
    'a store that is not ready for the laws',
    { shelf: { files: { 'src/conformance.ts': undefined } } },
    ['packages/stores/shelf has no harness'],
  ],
  [
    'stores',
    'one without tests of its own',
    { shelf: { files: { 'src/shelf-store.test.ts': undefined } } },
    ['packages/stores/shelf has no test'],
  ],
  [
    'stores',
    'one in a folder of another name, that no example imports',
    { shelf: { manifest: { name: '@sluice/shelf' } } },
    [
      "packages/stores/shelf has no name that is its folder's",
      'packages/stores/shelf has no example that its README shows',
    ],
  ],
  [
    'names',
    'a bag of helpers, and a file that exports all of another',
    { door: { files: { 'src/utils.ts': '', 'src/index.ts': `export * from './door.ts'\n` } } },
    [
      'packages/doors/door/src/utils.ts is named for no one thing',
      'packages/doors/door/src/index.ts exports all of another file',
    ],
  ],
]

describe('a rule of the house notices', () => {
  it.each(breaches)('%s: %s', (rule, _, changes, problems) => {
    expect(rules[rule].problems(exampleHouse(changes))).toEqual(problems)
  })

  it('rows: a row of the root that says something else, and one that is missing', () => {
    const said = (readme: string): House => ({ ...exampleHouse(), readme })
    const { readme } = exampleHouse()
    expect(rules.rows.problems(said(readme.replace('Rate-limit state on a shelf.', 'A shelf.')))).toEqual([
      'README.md says of @sluice/store-shelf: A shelf.',
    ])
    expect(rules.rows.problems(said(readme.replace('(packages/doors/door)', '(packages/doors)')))).toEqual([
      'README.md says of @sluice/door: nothing',
    ])
  })

  it('dependencies: a package that the root does not depend on', () => {
    const rootDependencies = ['@sluice/core', '@sluice/bucket', '@sluice/door']
    expect(rules.dependencies.problems({ ...exampleHouse(), rootDependencies })).toEqual([
      'package.json does not depend on @sluice/store-shelf',
    ])
  })

  it('each of them has a breach here', () => {
    const shown = new Set<string>([...breaches.map(([rule]) => rule), 'rows', 'dependencies'])
    expect(Object.keys(rules).filter((rule) => !shown.has(rule))).toEqual([])
  })
})
