import { type Problem, problem, problemIn } from './document-error.ts'
import type { Path } from './path.ts'

/** What a document is made of. */
export type Data = null | boolean | number | string | readonly Data[] | DataObject

/** An object of a document; its names are its own properties, `__proto__` among them. */
export interface DataObject {
  readonly [name: string]: Data
}

const deepest = 32
const mostValues = 1_000_000

interface Copying {
  readonly problems: Problem[]
  /** The objects around a value: one that is inside itself would never end. */
  readonly around: Set<object>
  values: number
}

/** A copy of a document, which nobody else can change, and which holds nothing but data. */
export function plainData(document: unknown, problems: Problem[]): Data {
  try {
    return copy(document, [], { problems, around: new Set(), values: 0 }) ?? null
  } catch {
    problems.push(problemIn([], 'Expected the document to be plain data, got an object that cannot be read'))
    return null
  }
}

function copy(value: unknown, path: Path, copying: Copying): Data | undefined {
  copying.values += 1
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value
  if (value === undefined) return undefined
  if (typeof value !== 'object') return refuse(copying, path, `a ${typeof value}`)
  if (copying.around.has(value)) return refuse(copying, path, 'an object that holds itself')
  if (path.length >= deepest) return refuse(copying, path, `more than ${deepest} levels`)
  if (copying.values > mostValues) return refuse(copying, path, `more than ${mostValues} values`)

  copying.around.add(value)
  const copied = Array.isArray(value) ? copyList(value, path, copying) : copyObject(value, path, copying)
  copying.around.delete(value)
  return copied
}

function copyList(list: readonly unknown[], path: Path, copying: Copying): Data {
  return Array.from(list, (value, i) => copy(value, [...path, i], copying) ?? null)
}

function copyObject(object: object, path: Path, copying: Copying): Data | undefined {
  const prototype: unknown = Object.getPrototypeOf(object)
  // The prototype of plain objects has none, be they of another realm.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(copying, path, 'an object of a class')
  }
  const entries: [string, Data][] = []
  for (const [name, value] of Object.entries(object)) {
    const copied = copy(value, [...path, name], copying)
    if (copied !== undefined) entries.push([name, copied])
  }
  return Object.fromEntries(entries)
}

function refuse({ problems, values }: Copying, path: Path, found: string): undefined {
  if (values <= mostValues + 1) problems.push(problem(path, 'plain data', found))
  return undefined
}

/** An object of a document, or nothing. */
export function asObject(data: Data | undefined): DataObject | undefined {
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as DataObject) : undefined
}

/** A value by its name, unless it is inherited. */
export function own(data: Data | undefined, name: string): Data | undefined {
  const object = asObject(data)
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined
}

/** The values of an object by name; none of what is no object. */
export function entriesOf(data: Data | undefined): [string, Data][] {
  return Object.entries(asObject(data) ?? {})
}
