import { type Path, spell } from './path.ts'
import type { Data } from './plain-data.ts'
import type { Validate } from './validator.ts'

interface Typing {
  /** What the document says where it names variables, by path. */
  readonly origins: ReadonlyMap<string, string>
  readonly validate: Validate
  /** Where the data lies in the document. Default: it is the document. */
  readonly at?: Path
}

/**
 * Data whose numbers and booleans are such where they are the whole of a variable: `"processes": "${PROCESSES}"`. A variable is text; it
 * is only taken for something else where text is wrong.
 */
export function typed(data: Data, { origins, validate, at = [] }: Typing): Data {
  if (origins.size === 0) return data
  const wrong = new Set(validate(data, at).map(({ path }) => path))
  const convert = (value: Data, path: Path): Data => {
    if (typeof value === 'string') return isWholeVariable(path) ? toNumberOrBoolean(value) : value
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((one: Data, i) => convert(one, [...path, i]))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convert(one, [...path, name])]))
  }
  const isWholeVariable = (path: Path): boolean =>
    wrong.has(spell(path)) && /^\$\{[^}]*\}$/.test(origins.get(spell(path)) ?? '')
  return wrong.size === 0 ? data : convert(data, at)
}

function toNumberOrBoolean(text: string): Data {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text
}
