import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expectOptions, shown } from '@sluice/core/internal'
import { base64url } from './base64url.ts'

export interface KeyHashOptions {
  /** At least 16 bytes that nobody else knows, the same in every process. Another secret starts all its keys afresh. */
  readonly secret: string | Uint8Array
}

/** Turns a value into a key that does not show it; the same value of another kind is another key. */
export type KeyHash = (kind: string, value: string) => string

const shortestSecret = 16
const keptBytes = 16

/**
 * Keys that do not show what they stand for, for what must not reach Redis, its logs or its backups in clear: the kind and
 * 128 bits of HMAC-SHA-256, as in `api-key:pbGCLaMSxBs1Gq4kXUG3qw`.
 */
export function keyHash(options: KeyHashOptions): KeyHash {
  expectOptions('keyHash', options, ['secret'])
  const keyed = hmac.create(sha256, expectSecret(options.secret))

  return (kind, value) => {
    const message = utf8ToBytes(`${expectKind(kind)}\0${value}`)
    const digest: Uint8Array = keyed.clone().update(message).digest()
    return `${kind}:${base64url(digest.subarray(0, keptBytes))}`
  }
}

function expectSecret(secret: unknown): Uint8Array {
  const bytes = typeof secret === 'string' ? utf8ToBytes(secret) : secret
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Expected \`secret\` to be a string or bytes, got ${secret === undefined ? 'undefined' : 'something else'}`,
    )
  }
  if (bytes.length < shortestSecret) {
    throw new RangeError(`Expected \`secret\` to have at least ${shortestSecret} bytes, got ${bytes.length}`)
  }
  return bytes
}

function expectKind(kind: unknown): string {
  if (typeof kind === 'string' && /^[\w.-]+$/.test(kind)) return kind
  throw new TypeError(`Expected the kind of a key to be made of letters, digits, "_", "." and "-", got ${shown(kind)}`)
}
