import type { OptionSchema, OptionsSchema } from '@sluice/core'
import { limiterOptionSchemas, mostPolicies, nameSchema } from '@sluice/core/internal'
import { knownAlgorithms, knownStores } from './known-packages.ts'

/** The options of the algorithms and stores that a document may name, by that name. */
export interface DescribedOptions {
  readonly algorithms: ReadonlyMap<string, OptionsSchema>
  readonly stores: ReadonlyMap<string, OptionsSchema>
}

/** The name of a package in a registry, or of an entry point of one. */
export const packagePattern = '^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*(/[A-Za-z0-9._~-]+)*$'

/**
 * The schema of a document, draft 7: the validation uses it, and the `sluice.schema.json` that is shipped is made of it. What a
 * schema cannot say is left to `checkSluice`: rates that no clock delivers, overrides that tie, packages that are missing.
 */
export function documentSchema({ algorithms, stores }: DescribedOptions): OptionSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'an object with `limiters`',
    description: 'Rate limiters of Sluice, and the store that they share.',
    type: 'object',
    required: ['limiters'],
    additionalProperties: false,
    properties: {
      $schema: { title: 'a string', type: 'string' },
      store: {
        description: 'Where state is kept. Default: in memory.',
        ...named('driver', stores, Object.keys(knownStores)),
      },
      limiters: {
        title: 'an object of limiters by name, at least one',
        type: 'object',
        minProperties: 1,
        propertyNames: nameSchema,
        additionalProperties: { $ref: '#/definitions/limiter' },
      },
    },
    definitions: { limiter, override, policy: named('algorithm', algorithms, knownAlgorithms) },
  }
}

const policy: OptionSchema = { $ref: '#/definitions/policy' }

function policiesOf(one: OptionSchema): OptionSchema {
  return {
    title: `an object of 1 to ${mostPolicies} policies by name`,
    type: 'object',
    minProperties: 1,
    maxProperties: mostPolicies,
    propertyNames: nameSchema,
    additionalProperties: one,
  }
}

/** As many options of a policy as are to differ: which ones there are depends on its algorithm. */
const changed: OptionSchema = { title: 'an object of the options that differ', type: 'object', minProperties: 1 }

const eitherPolicy: OptionSchema = {
  title: 'given either `policy` or `policies`',
  oneOf: [{ required: ['policy'] }, { required: ['policies'] }],
}

const override: OptionSchema = {
  title: 'an object with `match`',
  type: 'object',
  required: ['match'],
  additionalProperties: false,
  properties: {
    match: {
      title: 'an object like { tenant: "acme" }',
      type: 'object',
      minProperties: 1,
      additionalProperties: { title: 'a string', type: 'string' },
      description: 'Whom it is for. Of several that match, the one with most fields counts.',
    },
    policy: changed,
    policies: policiesOf(changed),
  },
  allOf: [eitherPolicy],
}

const likeItsLimiter = (has: string, hasNot: string): OptionSchema => ({
  properties: {
    overrides: {
      items: { title: `given \`${has}\` and not \`${hasNot}\`, like its limiter`, not: { required: [hasNot] } },
    },
  },
})

const limiter: OptionSchema = {
  title: 'an object with `policy` or `policies`',
  type: 'object',
  additionalProperties: false,
  properties: {
    policy: { description: 'The same as policies with one named default.', ...policy },
    policies: { ...policiesOf(policy), description: 'All of them admit, or none is charged.' },
    overrides: {
      title: 'a list of overrides',
      type: 'array',
      items: { $ref: '#/definitions/override' },
      description: 'Other parameters for a tenant, a tier, a route.',
    },
    ...limiterOptionSchemas,
  },
  allOf: [
    eitherPolicy,
    {
      if: { required: ['policy'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: likeItsLimiter('policy', 'policies'),
      else: likeItsLimiter('policies', 'policy'),
    },
  ],
}

/** An object whose property `key` says which options it has beside. */
function named(key: string, described: ReadonlyMap<string, OptionsSchema>, known: readonly string[]): OptionSchema {
  const names = [...new Set([...known, ...described.keys()])].filter((name) => !name.includes('/'))
  const branches = [...described].map(([name, options]) => ({
    if: { required: [key], properties: { [key]: { const: name } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: closed(key, options),
  }))
  return {
    title: `an object with \`${key}\``,
    type: 'object',
    required: [key],
    properties: {
      [key]: {
        title: `one of ${names.join(', ')}, or the name of a package`,
        type: 'string',
        anyOf: [{ enum: names }, { pattern: packagePattern }],
      },
    },
    ...(branches.length > 0 && { allOf: branches }),
  }
}

/** The schema of options beside the property that names what they are for. */
export function closed(key: string, options: OptionsSchema): OptionSchema {
  return { additionalProperties: false, ...options, properties: { [key]: true, ...options.properties } as never }
}
