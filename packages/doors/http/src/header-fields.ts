/** The header fields of a request or response: a Web `Headers`, or the `headers` of Node's `http`, with names in lower case. */
export type HeaderFields =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** The value of a field, all its lines joined in order; `undefined` where it is absent. `name` is in lower case. */
export function fieldValue(headers: HeaderFields, name: string): string | undefined {
  if (isWebHeaders(headers)) return headers.get(name) ?? undefined
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return typeof value === 'string' ? value : value?.join(', ')
}

function isWebHeaders(headers: HeaderFields): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function'
}
