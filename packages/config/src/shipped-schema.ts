import type { OptionSchema } from '@sluice/core'
import { type DescribedOptions, documentSchema } from './document-schema.ts'

/**
 * The schema that is shipped, for editors and CI: of a document as it is written, where a variable may stand for a value of any type.
 */
export function shippedSchema(described: DescribedOptions): OptionSchema {
  const { $schema, definitions, ...rest } = withVariables(documentSchema(described)) as OptionSchema & {
    readonly definitions: Readonly<Record<string, OptionSchema>>
  }
  return { $schema, $id: schemaId, ...rest, definitions: { ...definitions, variable } }
}

const schemaId = 'https://github.com/sluice-limiter/sluice/blob/main/packages/config/src/sluice.schema.json'

const variable: OptionSchema = {
  title: 'a variable in braces behind a dollar sign, with a default behind :- if there is one',
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
}

/** Keywords that hold a schema, a list of schemas, or schemas by name. What decides between schemas stays as it is. */
const holding = {
  one: ['additionalProperties', 'items', 'then', 'else'],
  list: ['allOf', 'anyOf', 'oneOf'],
  byName: ['properties', 'definitions'],
}

/** Keywords that refuse some text. */
const restricting = ['pattern', 'enum', 'const', 'minLength', 'maxLength', 'format']

function withVariables(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema)
  if (refusesText(schema)) return orVariable(entries)
  return Object.fromEntries(entries.map(([keyword, value]) => [keyword, within(keyword, value)]))
}

function within(keyword: string, value: unknown): unknown {
  if (holding.one.includes(keyword)) return withVariables(value)
  if (holding.list.includes(keyword)) return (value as readonly unknown[]).map(withVariables)
  if (!holding.byName.includes(keyword)) return value
  return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, withVariables(one)]))
}

function refusesText(schema: object): boolean {
  const { type } = schema as { readonly type?: unknown }
  if (type === 'object' || type === 'array') return false
  return (
    (type !== undefined && type !== 'string') || restricting.some((keyword) => keyword in schema) || 'anyOf' in schema
  )
}

function orVariable(entries: readonly (readonly [string, unknown])[]): OptionSchema {
  const says = ['title', 'description', 'writeOnly']
  const said = Object.fromEntries(entries.filter(([keyword]) => says.includes(keyword)))
  const rest = Object.fromEntries(entries.filter(([keyword]) => !says.includes(keyword)))
  return { ...said, anyOf: [rest, { $ref: '#/definitions/variable' }] }
}
