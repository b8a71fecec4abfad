import type { FieldForm, Fields } from '../emit/limit-fields.ts'
import { exposedNames } from '../emit/refusal.ts'
import { emitsLists, listOf, type PassedDoors } from './passed-doors.ts'

const exposes = 'Access-Control-Expose-Headers'
const lists: readonly string[] = ['RateLimit', 'RateLimit-Policy']

/** The value of a header field that a response has already; nothing where it has none. */
export type CurrentField = (name: string) => string | undefined

/**
 * The fields to set on a response that may have passed other doors: draft 11 lists the policies of all of them, the older forms know
 * one policy, that of the last door. If scripts of other origins may read the response (CORS), they may read the fields, too.
 */
export function responseFields(
  passed: PassedDoors,
  current: CurrentField,
  fields: Fields,
  forms: readonly FieldForm[],
): Fields {
  const merged: Record<string, string> = { ...fields }
  if (emitsLists(forms)) for (const name of lists) if (name in fields) merged[name] = listed(passed, name, current)

  const names = exposedNames(fields)
  if (names === '' || (!(exposes in fields) && current('Access-Control-Allow-Origin') === undefined)) return merged
  const before = current(exposes)
  return { ...merged, [exposes]: before === undefined ? names : united(before, names) }
}

/** The list of our doors, beside what others have written: in the place of an earlier list of ours. */
function listed(passed: PassedDoors, name: string, current: CurrentField): string {
  const list = listOf(passed, name)
  const before = current(name)
  const earlier = passed.written.get(name)
  passed.written.set(name, list)
  if (before === undefined) return list
  return earlier !== undefined && before.includes(earlier) ? before.replace(earlier, () => list) : `${before}, ${list}`
}

/** The names of both lists, each once. */
function united(before: string, names: string): string {
  const known = before.toLowerCase().split(/\s*,\s*/)
  return [before, ...names.split(', ').filter((name) => !known.includes(name.toLowerCase()))].join(', ')
}
