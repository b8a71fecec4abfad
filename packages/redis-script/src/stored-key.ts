import { createHash } from 'node:crypto'
import type { Ask, Policy } from '@sluice/core'
import calculateSlot from 'cluster-key-slot'

/** The most code units of an escaped key that are stored as they are. */
export const longestStoredKey = 200

/** What shares a Cluster slot: the state of a key, or all state of a limiter. */
export type SlotOf = 'key' | 'limiter'

/**
 * The name a state is stored under: `<prefix>:{<key>}:<name>:<policy>:<format>`, which puts all state of one key in one Cluster slot, or
 * with all state of the limiter in one slot `<prefix>:{%:<name>}:<key>:<policy>:<format>`. Whatever in the key could break out
 * of its place, or be lost on the way, is escaped, so that every string is its own key; no escaped key begins with `%:`.
 */
export function storedKey(
  prefix: string,
  key: string,
  name: string,
  policy: string,
  format: string,
  slot: SlotOf = 'key',
): string {
  return headOf(slot, prefix, name) + shortKey(key) + tailOf(slot, name, policy, format)
}

function headOf(slot: SlotOf, prefix: string, name: string): string {
  return slot === 'key' ? `${prefix}:{` : `${prefix}:{%:${name}}:`
}

function tailOf(slot: SlotOf, name: string, policy: string, format: string): string {
  return slot === 'key' ? `}:${name}:${policy}:${format}` : `:${policy}:${format}`
}

/** How the states of one limiter are named. */
export interface StoredKeys {
  /** The names of all states of a key, one for each policy: a long key is hashed once, however many they are. */
  of(key: Ask['key']): string[]
  /** The Cluster slot that all of them are in. */
  slotOf(key: Ask['key']): number
}

/** What stored keys are made of beside a key. */
export interface StoredKeyParts {
  readonly prefix: string
  readonly name: string
  readonly slot: SlotOf
  /** The limiter's policies, by name. */
  readonly policies: Readonly<Record<string, Pick<Policy, 'format'>>>
}

/** The names of a limiter's states: see `storedKey`. */
export function storedKeys({ prefix, name, slot, policies }: StoredKeyParts): StoredKeys {
  const head = headOf(slot, prefix, name)
  const tails = Object.entries(policies).map(([policy, { format }]) => tailOf(slot, name, policy, format))
  const ownSlot = calculateSlot(head)
  return {
    of(key) {
      if (typeof key !== 'string') return tails.map((tail, i) => head + shortKey(key[i] as string) + tail)
      const short = shortKey(key)
      return tails.map((tail) => head + short + tail)
    },
    // What stands in the braces, which neither the prefix nor a short key can close.
    slotOf: (key) => (slot === 'limiter' ? ownSlot : calculateSlot(`{${shortKey(key as string)}}`)),
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
