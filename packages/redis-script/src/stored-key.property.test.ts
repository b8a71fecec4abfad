import calculateSlot from 'cluster-key-slot'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { escapeKey, storedKey } from './stored-key.ts'

/** Any string of UTF-16 code units, lone surrogates among them; mostly of those that mean something to someone. */
const key = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'{}%:uD78025\0', '%25', '%7D', '%uD800', '🚀') },
      { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))
const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,6}$/)

function unescapeKey(escaped: string): string {
  if (escaped === '%') return ''
  return escaped.replace(/%(?:25|7D|u(D[89A-F][0-9A-F]{2}))/g, (found, surrogate?: string) => {
    if (surrogate !== undefined) return String.fromCharCode(Number.parseInt(surrogate, 16))
    return found === '%25' ? '%' : '}'
  })
}

it('of two keys is never the same: the key can be read back', () => {
  fc.assert(
    fc.property(key, (key) => {
      expect(unescapeKey(escapeKey(key))).toBe(key)
    }),
    { numRuns: 2000 },
  )
})

it('of two limiters or policies is never the same: all parts can be read back', () => {
  fc.assert(
    fc.property(name, key, name, name, (prefix, key, name, policy) => {
      const parts = /^([^{]*):\{([^}]*)\}:([^:]*):([^:]*):([^:]*)$/s.exec(storedKey(prefix, key, name, policy, 'tb1'))
      expect(parts?.slice(1)).toEqual([prefix, escapeKey(key), name, policy, 'tb1'])
    }),
    { numRuns: 1000 },
  )
})

it('has the escaped key for its hash tag, never an empty one, so that one key has one slot', () => {
  fc.assert(
    fc.property(name, key, name, name, (prefix, key, name, policy) => {
      const stored = storedKey(prefix, key, name, policy, 'tb1')
      const open = stored.indexOf('{')
      const tag = stored.slice(open + 1, stored.indexOf('}', open))
      expect(tag).toBe(escapeKey(key))
      expect(tag).not.toBe('')
      expect(calculateSlot(stored)).toBe(calculateSlot(storedKey(prefix, key, 'other', 'default', 'sl1')))
    }),
    { numRuns: 1000 },
  )
})

it('goes to the server as it is: UTF-8 loses nothing of it', () => {
  fc.assert(
    fc.property(key, (key) => {
      const escaped = escapeKey(key)
      expect(Buffer.from(escaped, 'utf8').toString('utf8')).toBe(escaped)
    }),
    { numRuns: 2000 },
  )
})
