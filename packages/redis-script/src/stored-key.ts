import { createHash } from 'node:crypto'
import calculateSlot from 'cluster-key-slot'

/** The most code units of an escaped key that are stored as they are. */
export const longestStoredKey = 200

/**
 * The name a state is stored under: `<prefix>:{<key>}:<name>:<policy>:<format>`. The braces put all state of one key in one
 * Cluster slot; whatever in the key could break out of them, or be lost on the way, is escaped, so that every string is
 * its own key.
 */
export function storedKey(prefix: string, key: string, name: string, policy: string, format: string): string {
  return `${prefix}:{${shortKey(key)}}:${name}:${policy}:${format}`
}

/** How the states of one limiter are named. */
export interface StoredKeys {
  /** The names of all states of a key, one for each policy: a long key is hashed once, however many they are. */
  of(key: string): string[]
  /** The Cluster slot that all of them are in. */
  slotOf(key: string): number
}

/** The names of a limiter's states; `policies` are its policies' names and formats. */
export function storedKeys(
  prefix: string,
  name: string,
  policies: readonly (readonly [policy: string, format: string])[],
): StoredKeys {
  const [head, tails] = [`${prefix}:{`, policies.map(([policy, format]) => `}:${name}:${policy}:${format}`)]
  return {
    of(key) {
      const short = shortKey(key)
      return tails.map((tail) => head + short + tail)
    },
    // What stands in the braces, which neither the prefix nor a short key can close.
    slotOf: (key) => calculateSlot(`{${shortKey(key)}}`),
  }
}

/** An escaped key, or the hash of a long one, which no escaped key can be: strangers choose keys, and the server reads each. */
export function shortKey(key: string): string {
  const escaped = escapeKey(key)
  return escaped.length <= longestStoredKey ? escaped : `%#${createHash('sha256').update(escaped).digest('base64url')}`
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
