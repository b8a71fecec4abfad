/**
 * The name a state is stored under: `<prefix>:{<key>}:<name>:<policy>:<format>`. The braces put all state of one key in one
 * Cluster slot; whatever in the key could break out of them, or be lost on the way, is escaped, so that every string is
 * its own key.
 */
export function storedKey(prefix: string, key: string, name: string, policy: string, format: string): string {
  return `${prefix}:{${escapeKey(key)}}:${name}:${policy}:${format}`
}

/** The name of what says which refunds of a stored key have been given, for as long as one of them may be sent again. */
export function receiptsKey(storedKey: string): string {
  return `${storedKey}:refunds`
}

/** `%`, `}` and lone surrogates (which UTF-8 cannot carry) as `%25`, `%7D`, `%uD800`; the empty string as `%`. */
export function escapeKey(key: string): string {
  if (key === '') return '%'
  if (!unsafe.test(key)) return key
  return key
    .replace(/%/g, '%25')
    .replace(/\}/g, '%7D')
    .replace(/\p{Surrogate}/gu, escapeSurrogate)
}

const unsafe = /[%}\ud800-\udfff]/

function escapeSurrogate(surrogate: string): string {
  return `%u${surrogate.charCodeAt(0).toString(16).toUpperCase()}`
}
