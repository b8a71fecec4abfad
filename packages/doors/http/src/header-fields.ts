import { shown } from '@sluice/core/internal'

/** The `headers` of Node's `http`, with names in lower case. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The header fields of a request: a Web `Headers`, or those of Node's `http`. */
export type HeaderFields = { get(name: string): string | null } | NodeHeaders

/** The value of a field, all its lines joined in order; `undefined` where it is absent. `name` is in lower case. */
export function fieldValue(headers: HeaderFields, name: string): string | undefined {
  if (isWebHeaders(headers)) return headers.get(name) ?? undefined
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return typeof value === 'string' ? value : value?.join(', ')
}

/** The name of a header as an option, checked, in lower case. */
export function expectHeaderName(option: string, value: unknown): string {
  if (typeof value === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(value)) return value.toLowerCase()
  throw new TypeError(`Expected \`${option}\` to be the name of a header, got ${shown(value)}`)
}

/** All fields, with names in lower case and all lines of a field joined in order. */
export function allFields(headers: Headers | NodeHeaders): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  if (isWebHeaders(headers)) {
    headers.forEach((value, name) => {
      fields.set(name.toLowerCase(), value)
    })
    return fields
  }
  for (const name of Object.keys(headers)) {
    const value = fieldValue(headers, name)
    if (value !== undefined) fields.set(name.toLowerCase(), value)
  }
  return fields
}

function isWebHeaders(headers: Headers | NodeHeaders): headers is Headers
function isWebHeaders(headers: HeaderFields): headers is { get(name: string): string | null }
function isWebHeaders(headers: HeaderFields): boolean {
  return typeof headers.get === 'function'
}
