import type { Ask } from './contract/store.ts'
import { shown } from './expect.ts'
import { longestKey } from './longest-key.ts'

/** What a key is checked against. */
export interface KeyRules {
  /** The names of the limiter's policies, in its order. */
  readonly names: readonly string[]
  /** Whether keys may be given by policy. */
  readonly slot: 'key' | 'limiter'
}

/** The key of a request: one for all policies, or one for each where they differ. Throws a `TypeError` or a `RangeError`. */
export function expectKey(rules: KeyRules, key: unknown): Ask['key'] {
  if (typeof key === 'string' && key.length <= longestKey) return key
  return expectKeys(rules, key)
}

/** Apart, because V8 inlines only what is short. */
function expectKeys({ names, slot }: KeyRules, key: unknown): Ask['key'] {
  if (!isPlainObject(key)) return expectText('the key', key)
  if (slot !== 'limiter') {
    throw new RangeError(
      "Expected the key to be a string, got an object: keys by policy need a limiter with the option `slot: 'limiter'`",
    )
  }
  const given = Object.keys(key)
  if (given.length !== names.length || !names.every((name) => Object.hasOwn(key, name))) {
    throw new TypeError(`Expected the key to name the policies ${names.join(', ')}, got ${given.join(', ') || 'none'}`)
  }
  const keys = names.map((name) => expectText(`\`key.${name}\``, key[name]))
  const [first] = keys as [string, ...string[]]
  return keys.every((own) => own === first) ? first : keys
}

function isPlainObject(key: unknown): key is Readonly<Record<string, unknown>> {
  if (typeof key !== 'object' || key === null) return false
  const prototype = Object.getPrototypeOf(key)
  return prototype === Object.prototype || prototype === null
}

function expectText(where: string, key: unknown): string {
  if (typeof key !== 'string') throw new TypeError(`Expected ${where} to be a string, got ${shown(key)}`)
  if (key.length <= longestKey) return key
  throw new RangeError(`Expected ${where} to have at most ${longestKey} code units, got ${key.length}`)
}

/** One text for the keys of a request, which no other keys have. */
export function keyText(key: Ask['key']): string {
  return typeof key === 'string' ? `1 ${key}` : JSON.stringify(key)
}

/** Whether two requests of one limiter are of the same keys. */
export function isSameKey(one: Ask['key'], other: Ask['key']): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return one.every((key, i) => key === other[i])
}
