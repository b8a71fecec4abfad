import type { OptionSchema } from '@sluice/core'
import { Ajv, type ErrorObject } from 'ajv'
import { type Problem, problem, problemIn, quoted } from './document-error.ts'
import { found, foundSecret } from './found.ts'
import { type Path, spell } from './path.ts'
import type { Data } from './plain-data.ts'

/** What is wrong with data, all of it. `origins`: what a document says in place of values that it takes from variables. */
export type Validate = (data: Data, at?: Path, origins?: ReadonlyMap<string, string>) => Problem[]

const mostCompiled = 100
const compiled = new Map<string, Validate>()

/** Compiles a schema, or remembers that it did: documents are checked again at each reload. Throws when it is none. */
export function validator(schema: OptionSchema): Validate {
  const id = JSON.stringify(schema)
  const validate = compiled.get(id) ?? compile(schema)
  if (compiled.size >= mostCompiled) compiled.clear()
  compiled.set(id, validate)
  return validate
}

function compile(schema: OptionSchema): Validate {
  // A package may annotate its options as it likes: what is no keyword is let be.
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: false, ownProperties: true })
  const validate = ajv.compile(schema)
  return (data, at = [], origins = new Map()) => {
    if (validate(data)) return []
    const errors = (validate.errors ?? []) as ErrorObject[]
    const problems = errors
      .filter((error) => !isWithinOther(error, errors))
      .map((error) => toProblem(error, { at, origins, root: schema, data }))
    return [...new Map(problems.map((one) => [one.message, one])).values()]
  }
}

const combining = ['anyOf', 'oneOf', 'not']

/** Whether another error says it better: that of all alternatives together, or of a name as a whole. */
function isWithinOther(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (error.keyword === 'if') return true
  if (error.propertyName !== undefined && error.keyword !== 'propertyNames') return true
  return all.some(
    ({ keyword, schemaPath, instancePath }) =>
      combining.includes(keyword) &&
      error.instancePath.startsWith(instancePath) &&
      error.schemaPath.startsWith(`${schemaPath}/`),
  )
}

interface Validated {
  readonly at: Path
  readonly origins: ReadonlyMap<string, string>
  readonly root: OptionSchema
  readonly data: Data
}

function toProblem(error: ErrorObject, { at, origins, root, data }: Validated): Problem {
  const { keyword, params, parentSchema = {} } = error
  const path = [...at, ...pathOf(error.instancePath, data)]
  const title = titleOf(parentSchema as OptionSchema, root)

  switch (keyword) {
    case 'required': {
      const name = params.missingProperty as string
      const properties = (parentSchema as { properties?: Record<string, OptionSchema> }).properties ?? {}
      return problem([...path, name], titleOf(properties[name] ?? {}, root) ?? 'given', 'nothing')
    }
    case 'additionalProperties': {
      const { properties = {} } = parentSchema as { properties?: object }
      const known = Object.keys(properties).join(', ')
      const name = found(params.additionalProperty)
      return problemIn(path, `Expected the properties of ${quoted(path)} to be among ${known}, got ${name}`)
    }
    case 'propertyNames': {
      const expected = titleOf(error.schema as OptionSchema, root) ?? 'another'
      const name = found(params.propertyName)
      return problemIn(path, `Expected the names in ${quoted(path)} to be ${expected}, got ${name}`)
    }
    default: {
      const origin = origins.get(spell(path))
      if (origin !== undefined)
        return problem(path, title ?? error.message ?? 'another', `what ${found(origin)} stands for`)
      return problem(path, title ?? error.message ?? 'another', howFound(error, parentSchema as OptionSchema))
    }
  }
}

function howFound({ keyword, data }: ErrorObject, { writeOnly }: OptionSchema): string {
  if (writeOnly === true) return foundSecret(data)
  if (/^(min|max)(Properties|Items)$/.test(keyword)) return `${Object.keys(data as object).length || 'none'}`
  if (combining.includes(keyword) && typeof data === 'object' && data !== null)
    return Object.keys(data).join(', ') || 'none of them'
  return found(data)
}

/** What a value is expected to be, in words: the title of its schema. */
function titleOf(schema: OptionSchema, root: OptionSchema): string | undefined {
  if (schema.title !== undefined) return schema.title
  const reference = /^#\/definitions\/(\w+)$/.exec(String(schema.$ref))?.[1]
  const definitions = root.definitions as Readonly<Record<string, OptionSchema>> | undefined
  return reference === undefined ? undefined : definitions?.[reference]?.title
}

/** From a JSON pointer; in a list, places are numbers. */
function pathOf(pointer: string, data: Data): Path {
  let around: unknown = data
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
      const isPlace = Array.isArray(around)
      around = (around as Readonly<Record<string, unknown>>)[step]
      return isPlace ? Number(step) : step
    })
}
