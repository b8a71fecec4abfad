import type { FieldForm, Fields } from '../emit/limit-fields.ts'
import { exposedNames } from '../emit/refusal.ts'

const exposes = 'Access-Control-Expose-Headers'

/** The value of a header field that a response has already; nothing where it has none. */
export type CurrentField = (name: string) => string | undefined

/**
 * The fields to set on a response that may have passed other doors: draft 11 lists the policies of all of them, the older forms know
 * one policy, that of the last door. If scripts of other origins may read the response (CORS), they may read the fields, too.
 */
export function responseFields(current: CurrentField, fields: Fields, forms: readonly FieldForm[]): Fields {
  const merged: Record<string, string> = {}
  const lists = forms.includes('draft-11') ? ['RateLimit', 'RateLimit-Policy'] : []
  for (const [name, value] of Object.entries(fields)) {
    const before = lists.includes(name) ? current(name) : undefined
    merged[name] = before === undefined ? value : `${before}, ${value}`
  }
  const names = exposedNames(fields)
  if (names === '' || exposes in fields || current('Access-Control-Allow-Origin') === undefined) return merged
  const before = current(exposes)
  if (before?.endsWith(names)) return merged
  return { ...merged, [exposes]: before === undefined ? names : `${before}, ${names}` }
}
