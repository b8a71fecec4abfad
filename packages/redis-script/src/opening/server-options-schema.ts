import type { OptionSchema, OptionsSchema } from '@sluice/core'
import { nameSchema, positiveIntegerSchema } from '@sluice/core/internal'

const address: OptionSchema = {
  title: 'an address like 10.0.0.1:6379, or a URL like redis://10.0.0.1:6379',
  type: 'string',
  pattern: '^(rediss?://.+|[^/@\\s]+)$',
  writeOnly: true,
}

const addresses: OptionSchema = { title: 'a list of addresses', type: 'array', minItems: 1, items: address }

const secret = (description: string): OptionSchema => ({
  title: 'a string',
  type: 'string',
  writeOnly: true,
  description,
})

const onlyOne = ['url', 'cluster', 'sentinel'].flatMap((name, i, all) =>
  all.slice(i + 1).map((other) => ({ required: [name, other] })),
)

/** What a configuration document says of a Redis, whatever the client: which servers, how to come to them, and the store's options. */
export const serverOptionsSchema: OptionsSchema = {
  type: 'object',
  properties: {
    url: {
      title: 'a URL like redis://127.0.0.1:6379',
      type: 'string',
      pattern: '^rediss?://',
      writeOnly: true,
      description: 'The server. rediss:// for TLS.',
    },
    cluster: {
      title: 'an object like { nodes: ["10.0.0.1:6379"] }',
      type: 'object',
      additionalProperties: false,
      required: ['nodes'],
      properties: { nodes: { ...addresses, description: 'Some nodes of the Cluster: the client finds the others.' } },
    },
    sentinel: {
      title: 'an object like { name: "main", nodes: ["10.0.0.1:26379"] }',
      type: 'object',
      additionalProperties: false,
      required: ['name', 'nodes'],
      properties: {
        name: { title: 'the name of the master', type: 'string', minLength: 1 },
        nodes: { ...addresses, description: 'The sentinels.' },
        username: secret('The user at the sentinels.'),
        password: secret('The password of the sentinels.'),
      },
    },
    username: secret('The user at the servers, if not in the URL.'),
    password: secret('The password of the servers, if not in the URL.'),
    database: { title: 'a non-negative integer', type: 'integer', minimum: 0, description: 'Default 0.' },
    tls: { title: 'true or false', type: 'boolean', description: 'TLS, where the URL does not say so. Default false.' },
    clientOptions: {
      title: 'an object of options of the client',
      type: 'object',
      writeOnly: true,
      description: 'Given to the client over the recommended options.',
    },
    prefix: { ...nameSchema, description: 'What every stored key starts with. Default sluice.' },
    merge: {
      title: 'true or false',
      type: 'boolean',
      description: 'Whether decisions share scripts while others are in flight. Default true.',
    },
    maxPending: {
      ...positiveIntegerSchema,
      description: 'How many decisions of one limiter may be pending at once. Default 10,000.',
    },
  },
  allOf: [
    { title: 'given only one of `url`, `cluster` and `sentinel`', not: { anyOf: onlyOne } },
    { title: 'given no `database` with `cluster`: a Cluster has one', not: { required: ['cluster', 'database'] } },
  ],
}
