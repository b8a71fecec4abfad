import { type Problem, problemIn, quoted } from './document-error.ts'
import { type Path, spell } from './path.ts'
import type { Data } from './plain-data.ts'

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A document with its variables filled in. */
export interface Expanded {
  readonly data: Data
  /** What the document says where it names variables, by path: shown in errors in place of the values. */
  readonly origins: ReadonlyMap<string, string>
  /** The paths of values that could not be filled in. */
  readonly missing: ReadonlySet<string>
}

const variable = /\$\$\{|\$\{([^}]*)\}?/g
const inBraces = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/

/** Fills in `${NAME}`, or `${NAME:-default}`, in each string of a document; `$${` stands for `${`. */
export function expandVariables(document: Data, environment: Environment, problems: Problem[]): Expanded {
  const origins = new Map<string, string>()
  const missing = new Set<string>()

  const expandText = (text: string, path: Path): string => {
    if (!text.includes('${')) return text
    origins.set(spell(path), text)
    return text.replace(variable, (whole, inside?: string) => {
      if (inside === undefined) return '${'
      const [, name = '', fallback] = (whole.endsWith('}') ? inBraces.exec(inside) : null) ?? []
      const value = (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? fallback
      if (value !== undefined) return value
      missing.add(spell(path))
      problems.push(problemIn(path, name === '' ? malformed(path) : notSet(path, name)))
      return ''
    })
  }
  const expand = (data: Data, path: Path): Data => {
    if (typeof data === 'string') return expandText(data, path)
    if (typeof data !== 'object' || data === null) return data
    if (Array.isArray(data)) return data.map((value: Data, i) => expand(value, [...path, i]))
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, expand(value, [...path, name])]))
  }
  return { data: expand(document, []), origins, missing }
}

function notSet(path: Path, name: string): string {
  return `Expected the variable ${name} of ${quoted(path)} to be set in the environment, got nothing`
}

function malformed(path: Path): string {
  return `Expected ${quoted(path)} to name variables like \${NAME} or \${NAME:-default}, got braces with something else; write $\${ for \${ itself`
}
