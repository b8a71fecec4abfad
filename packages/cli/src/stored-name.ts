import type { CheckedLimiter } from '@sluice/config'

/** Whose state a stored key of Redis is. */
export interface StoredName {
  /** As the program gives it; of a hashed key, `%#` and the hash. */
  readonly key: string
  /** A long key of which only a hash is stored. */
  readonly isHashed: boolean
  readonly limiter: string
  readonly policy: string
}

/** How the stored keys of a document are read; `undefined` is read from what is no state of its limiters. */
export function storedNames(
  prefix: string,
  limiters: Readonly<Record<string, CheckedLimiter>>,
): (storedKey: string) => StoredName | undefined {
  const byKey = new RegExp(`^${escaped(prefix)}:\\{([^}]+)\\}:([\\w.-]+):([\\w.-]+):(\\w+)$`, 's')
  const bySlot = new RegExp(`^${escaped(prefix)}:\\{%:([\\w.-]+)\\}:(.+):([\\w.-]+):(\\w+)$`, 's')
  return (storedKey) => {
    const slotted = bySlot.exec(storedKey)
    const [, key = '', limiter = '', policy = '', format] = slotted
      ? [slotted[0], slotted[2], slotted[1], slotted[3], slotted[4]]
      : (byKey.exec(storedKey) ?? [])
    const known = Object.hasOwn(limiters, limiter) ? limiters[limiter] : undefined
    if (known?.policies[policy]?.format !== format || (known?.options.slot === 'limiter') !== (slotted !== null)) {
      return undefined
    }
    const isHashed = key.startsWith('%#')
    return { key: isHashed ? key : plainKey(key), isHashed, limiter, policy }
  }
}

function escaped(prefix: string): string {
  return prefix.replaceAll('.', '\\.')
}

/** A key as it was before it was escaped. */
function plainKey(stored: string): string {
  if (stored === '%') return ''
  return stored.replace(/%(25|7D|u([0-9A-F]{4}))/g, (_, code: string, surrogate?: string) =>
    surrogate === undefined ? String.fromCharCode(Number.parseInt(code, 16)) : lone(surrogate),
  )
}

function lone(surrogate: string): string {
  return String.fromCharCode(Number.parseInt(surrogate, 16))
}
