import type { OptionSchema } from '@sluice/core'
import { limiterOptionSchemas } from '@sluice/core/internal'
import fc from 'fast-check'
import { housePackages } from './house-packages.ts'

const { algorithms, stores } = await housePackages()

/** A value that a schema of one option accepts, with nothing known of the option but its schema. */
function valueFor(schema: OptionSchema): fc.Arbitrary<unknown> {
  const { type, enum: values, anyOf, pattern, minimum = 0, maximum = 1000 } = schema as Record<string, never>
  if (anyOf !== undefined) return valueFor(anyOf[0])
  if (values !== undefined) return fc.constantFrom(...(values as unknown[]))
  if (type === 'boolean') return fc.boolean()
  if (type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true })
  if (type === 'integer') return fc.integer({ min: minimum, max: Math.min(maximum, 1000) })
  if (Array.isArray(type)) return fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom('50ms', '1s'))
  if (String(pattern).includes('ms|s|m|h|d')) return fc.constantFrom('250ms', '1s', '007m', '2h', '1d')
  if (String(pattern).includes('redis')) return fc.constantFrom('redis://127.0.0.1:1', 'rediss://user:hunter2@h:2/3')
  return fc.constantFrom('main', 'shop', 'a.b-c_D')
}

function optionsOf(schema: OptionSchema): fc.Arbitrary<object> {
  const { properties, required = [] } = schema as {
    properties: Record<string, OptionSchema>
    required?: string[]
  }
  const values = Object.entries(properties).map(([name, one]) => [name, valueFor(one)])
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: required })
}

/** Enough of a bucket for any rate that is drawn, so that the factory has nothing against it either. */
function deliverable(options: object): object {
  return 'capacity' in options ? { ...options, capacity: 1_000_000 } : options
}

const policy = fc
  .constantFrom(...algorithms)
  .chain(([algorithm, { options }]) => optionsOf(options).map((own) => ({ algorithm, ...deliverable(own) })))

const store = fc.constantFrom(...stores).chain(([driver, { options }]) => {
  const { url, cluster, sentinel, clientOptions, database, ...simple } = options.properties
  const where =
    url === undefined
      ? fc.constant({})
      : fc.oneof(
          fc.record({ url: fc.constant('redis://:hunter2@127.0.0.1:1'), database: fc.nat(15) }),
          fc.constant({ cluster: { nodes: ['127.0.0.1:1', 'redis://10.0.0.1:2'] } }),
          fc.constant({
            sentinel: { name: 'main', nodes: ['[::1]:26379'], password: 'hunter2' },
            clientOptions: { a: 1 },
          }),
        )
  return fc.tuple(optionsOf({ ...options, properties: simple }), where).map(([own, at]) => ({ driver, ...own, ...at }))
})

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/)
/** What is enforced for all is not enforced for a part, which the schema does not say. */
const limiterOptions = optionsOf({ properties: limiterOptionSchemas }).filter(
  (options) => !('enforce' in options && 'mode' in options && options.mode === 'enforce'),
)

// One field: overrides of more may tie, which has examples of its own.
const overridesOf = (change: object): fc.Arbitrary<readonly object[]> =>
  fc
    .uniqueArray(fc.string({ maxLength: 4 }), { maxLength: 3 })
    .map((tenants) => tenants.map((tenant) => ({ match: { tenant }, ...change })))

const limiter = fc.oneof(
  fc.tuple(policy, limiterOptions, fc.boolean()).chain(([one, options, has]) => {
    const { algorithm: _, ...change } = one
    const overrides = has ? overridesOf({ policy: change }) : fc.constant(undefined)
    return overrides.map((list) => ({ policy: one, ...options, ...(list && { overrides: list }) }))
  }),
  fc
    .tuple(fc.dictionary(name, policy, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), limiterOptions)
    .chain(([policies, options]) => {
      const [first, { algorithm: _, ...change }] = Object.entries(policies)[0] as [string, { algorithm: string }]
      return overridesOf({ policies: Object.fromEntries([[first, change]]) }).map((overrides) => ({
        policies,
        overrides,
        ...options,
      }))
    }),
)

/** Documents that are right, of all algorithms, stores and options. Never drawn: variables, packages of others, several fields. */
export const rightDocuments: fc.Arbitrary<object> = fc.record(
  {
    store,
    limiters: fc.dictionary(name, limiter, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    $schema: fc.webUrl(),
  },
  { requiredKeys: ['limiters'] },
)

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    0.5,
    1e300,
    Number.NaN,
    '',
    ' ',
    '1',
    '0s',
    '-1s',
    '5 s',
    '1w',
    'x y',
    'redis://:hunter2@h',
    [],
    {},
    [[]],
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** A document with one thing changed, somewhere: a value, a name, something left out or added. */
export const changedDocuments: fc.Arbitrary<object> = fc
  .tuple(
    rightDocuments,
    fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
    junk,
    fc.constantFrom('value', 'name', 'less', 'more'),
  )
  .map(([document, walk, value, kind]) => {
    const copy = structuredClone(document) as Record<string, unknown>
    let at: Record<string, unknown> | unknown[] = copy
    for (const [i, step] of walk.entries()) {
      const names = Object.keys(at)
      const chosen = names[step % names.length]
      if (chosen === undefined) break
      const next = (at as Record<string, unknown>)[chosen]
      if (i < walk.length - 1 && typeof next === 'object' && next !== null) {
        at = next as Record<string, unknown>
        continue
      }
      change(at as Record<string, unknown>, chosen, value, kind)
      break
    }
    return copy
  })

function change(at: Record<string, unknown>, name: string, value: unknown, kind: string): void {
  const put = (own: string): void => {
    Object.defineProperty(at, own, { value, enumerable: true, configurable: true, writable: true })
  }
  if (kind === 'value') put(name)
  if (kind === 'more') put(typeof value === 'string' && !Array.isArray(at) ? value : `${name}s`)
  if (kind === 'less' || kind === 'name') delete at[name]
  if (kind === 'name') put(`${name}x`)
}
