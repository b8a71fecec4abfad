/** Whom an override is for, or whom a limiter is asked for: a tenant, a tier, a route, by the name of each. */
export type Match = Readonly<Record<string, string>>

/** All overrides that name the same fields. */
interface Shape<T> {
  readonly fields: readonly string[]
  /** By the values of the fields, one level for each. */
  readonly byValues: Values<T>
}

type Values<T> = Map<string, Values<T> | T>

/** Finds the override with most fields of those that match; in constant time for each set of fields that overrides name. */
export interface Overrides<T> {
  find(subject: Readonly<Record<string, unknown>>): T | undefined
}

/** Overrides to be found by their match. Of two with the same match the later counts: see `tiesOf`. */
export function overridesOf<T extends object>(overrides: readonly (readonly [Match, T])[]): Overrides<T> {
  const shapes = new Map<string, Shape<T>>()
  for (const [match, value] of overrides) {
    const fields = fieldsOf(match)
    const id = JSON.stringify(fields)
    const shape = shapes.get(id) ?? { fields, byValues: new Map() }
    shapes.set(id, shape)
    insert(shape, match, value)
  }
  const bySize = [...shapes.values()].sort((a, b) => b.fields.length - a.fields.length)
  return {
    find(subject) {
      for (const shape of bySize) {
        const value = lookUp(shape, subject)
        if (value !== undefined) return value
      }
      return undefined
    },
  }
}

function insert<T>({ fields, byValues }: Shape<T>, match: Match, value: T): void {
  let values = byValues
  for (const field of fields.slice(0, -1)) {
    const key = match[field] as string
    const next = (values.get(key) as Values<T> | undefined) ?? new Map()
    values.set(key, next)
    values = next
  }
  values.set(match[fields.at(-1) as string] as string, value)
}

function lookUp<T>({ fields, byValues }: Shape<T>, subject: Readonly<Record<string, unknown>>): T | undefined {
  let found: Values<T> | T | undefined = byValues
  for (const field of fields) {
    if (found === undefined || !Object.hasOwn(subject, field)) return undefined
    found = (found as Values<T>).get(subject[field] as string)
  }
  return found as T | undefined
}

/** Two overrides of which none is more specific, that both match this. */
export interface Tie {
  readonly first: number
  readonly second: number
  readonly both: Match
}

const mostTies = 10

/**
 * The first ten ties: two overrides with as many fields that may match the same, where no other that matches it too has more.
 */
export function tiesOf(matches: readonly Match[]): readonly Tie[] {
  const all = overridesOf(matches.map((match, index) => [match, { index }] as const))
  const isResolved = (both: Match, fields: number): boolean => {
    const best = matches[all.find(both)?.index as number] as Match
    return Object.keys(best).length > fields
  }
  const byFields = new Map<string, Rivals>()
  const ties: Tie[] = []
  for (const [second, match] of matches.entries()) {
    const fields = fieldsOf(match)
    for (const first of rivalsOf(byFields, matches, fields, match)) {
      const both = Object.fromEntries([...Object.entries(matches[first] as Match), ...Object.entries(match)])
      if (isResolved(both, fields.length)) continue
      ties.push({ first, second, both })
      if (ties.length === mostTies) return ties
    }
    remember(byFields, fields, match, second)
  }
  return ties
}

/** Overrides of the same fields: those of other values never match the same. */
interface Rivals {
  readonly fields: readonly string[]
  readonly indexes: number[]
  readonly byValues: Map<string, number>
}

function remember(byFields: Map<string, Rivals>, fields: readonly string[], match: Match, index: number): void {
  const id = JSON.stringify(fields)
  const rivals: Rivals = byFields.get(id) ?? { fields, indexes: [], byValues: new Map() }
  byFields.set(id, rivals)
  rivals.indexes.push(index)
  rivals.byValues.set(valuesOf(fields, match), index)
}

function valuesOf(fields: readonly string[], match: Match): string {
  return JSON.stringify(fields.map((field) => match[field]))
}

/** Those before it with as many fields that may match the same. */
function* rivalsOf(
  byFields: ReadonlyMap<string, Rivals>,
  matches: readonly Match[],
  fields: readonly string[],
  match: Match,
): Generator<number> {
  const own = JSON.stringify(fields)
  for (const [id, rivals] of byFields) {
    if (rivals.fields.length !== fields.length) continue
    if (id === own) {
      const same = rivals.byValues.get(valuesOf(fields, match))
      if (same !== undefined) yield same
      continue
    }
    for (const index of rivals.indexes) if (agree(matches[index] as Match, match)) yield index
  }
}

/** Whether no field has one value here and another there. */
function agree(a: Match, b: Match): boolean {
  return Object.keys(a).every((field) => !Object.hasOwn(b, field) || b[field] === a[field])
}

function fieldsOf(match: Match): readonly string[] {
  return Object.keys(match).sort((a, b) => (a < b ? -1 : 1))
}
