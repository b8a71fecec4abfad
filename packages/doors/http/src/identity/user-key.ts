import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64url } from './base64url.ts'

/** Longer names are hashed, so that nobody fills a store with them. */
const longestName = 256

/**
 * A key for a name that people type, such as a login or an e-mail address: `Ann@Example.com ` and `ann@example.com` are one.
 * Unicode is normalised (NFKC) and letters become small.
 */
export function userKey(name: string): string {
  const normal = name.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
  if (normal.length > longestName) return `user-hash:${base64url(sha256(utf8ToBytes(normal)))}`
  // Joined letter by letter, it shares no memory with the body or the header that it was cut from.
  return `user:${[...normal].join('')}`
}
