import type { Ask } from './contract/store.ts'

/** What a limiter says of its shadow mode. */
export interface ShadowMode {
  /** The name of the limiter. */
  readonly name: string
  /** The names of the policies in shadow mode. */
  readonly shadow: readonly string[]
  /** For which part of the keys they are enforced all the same. */
  readonly enforce: number
}

/** Says for a key which policies, of those named, are only watched; undefined where none ever is. */
export function shadowMode(
  { name, shadow, enforce }: ShadowMode,
  names: readonly string[],
): ((key: Ask['key']) => Ask['shadow']) | undefined {
  if (shadow.length === 0 || enforce === 1) return undefined
  const watched = Object.freeze(names.map((own) => shadow.includes(own)))
  if (enforce === 0) return () => watched
  const isEnforced = (key: string): boolean => placeOf(name, key) < enforce
  return (key) => {
    if (typeof key === 'string') return isEnforced(key) ? undefined : watched
    const own = watched.map((isWatched, i) => isWatched && !isEnforced(key[i] as string))
    return own.includes(true) ? own : undefined
  }
}

/**
 * Where a key stands among all keys of a limiter, from 0 to 1, below it: the same in every process, and spread evenly. FNV-1a
 * over the code units of both, with the last steps of MurmurHash3, which FNV-1a needs for short keys that differ in their end.
 */
export function placeOf(limiter: string, key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < limiter.length; i += 1) hash = Math.imul(hash ^ limiter.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ 0xffff, 0x01000193)
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
