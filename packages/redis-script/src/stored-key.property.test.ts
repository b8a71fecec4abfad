import calculateSlot from 'cluster-key-slot'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { escapeKey, longestStoredKey, shortKey, storedKey } from './stored-key.ts'

/** Any string of UTF-16 code units, lone surrogates among them; mostly of those that mean something to someone. */
const anyKey = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'{}%:uD78025\0', '%25', '%7D', '%uD800', '🚀') },
      { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))
const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit))

/** Some are as long as what is stored as it is, or a little longer, or much; some look like the hash of a long one. */
const key = fc.oneof(
  { weight: 3, arbitrary: anyKey },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anyKey, fc.integer({ min: 190, max: 205 }), fc.constantFrom('a', '%', '}', '\ud800', '🚀'))
      .map(([key, length, filling]) => key.padEnd(length, filling)),
  },
  { weight: 1, arbitrary: anyKey.map((key) => key.padEnd(5000, '%')) },
  { weight: 1, arbitrary: anyKey.map((key) => shortKey(key.padEnd(300, 'x'))) },
)
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

it('of two keys is never the same, long ones too, and never longer than 200 code units and its names', () => {
  const pair = fc.oneof(
    fc.tuple(key, key),
    // Told apart by their ends, or by what one is hashed to.
    fc.tuple(key, anyKey).map(([key, end]) => [key, key + end] as const),
    key.map((key) => [key, shortKey(key)] as const),
    fc.tuple(key, surrogate, surrogate).map(([key, one, other]) => [key + one, key + other] as const),
  )
  fc.assert(
    fc.property(pair, ([one, other]) => {
      expect(shortKey(one) === shortKey(other)).toBe(one === other)
      expect(shortKey(one).length).toBeLessThanOrEqual(longestStoredKey)
    }),
    { numRuns: 2000 },
  )
})

it('of two limiters or policies is never the same: all parts can be read back', () => {
  fc.assert(
    fc.property(name, key, name, name, (prefix, key, name, policy) => {
      const parts = /^([^{]*):\{([^}]*)\}:([^:]*):([^:]*):([^:]*)$/s.exec(storedKey(prefix, key, name, policy, 'tb1'))
      expect(parts?.slice(1)).toEqual([prefix, shortKey(key), name, policy, 'tb1'])
    }),
    { numRuns: 1000 },
  )
})

it('with all state of a limiter in one slot is never that of another limiter, policy or key, nor one by key', () => {
  fc.assert(
    fc.property(name, key, name, name, (prefix, key, name, policy) => {
      const stored = storedKey(prefix, key, name, policy, 'tb1', 'limiter')
      const parts = /^([^{]*):\{%:([^}]*)\}:(.*):([^:]*):([^:]*)$/s.exec(stored)
      expect(parts?.slice(1)).toEqual([prefix, name, shortKey(key), policy, 'tb1'])
      expect(calculateSlot(stored)).toBe(calculateSlot(`{%:${name}}`))
      expect(shortKey(key).startsWith('%:')).toBe(false)
    }),
    { numRuns: 1000 },
  )
})

it('has the escaped key, or its hash, for its hash tag, never an empty one, so that one key has one slot', () => {
  fc.assert(
    fc.property(name, key, name, name, (prefix, key, name, policy) => {
      const stored = storedKey(prefix, key, name, policy, 'tb1')
      const open = stored.indexOf('{')
      const tag = stored.slice(open + 1, stored.indexOf('}', open))
      expect(tag).toBe(shortKey(key))
      expect(tag).not.toBe('')
      expect(calculateSlot(stored)).toBe(calculateSlot(storedKey(prefix, key, 'other', 'default', 'sl1')))
    }),
    { numRuns: 1000 },
  )
})

it('goes to the server as it is: UTF-8 loses nothing of it', () => {
  fc.assert(
    fc.property(key, (key) => {
      const escaped = shortKey(key)
      expect(Buffer.from(escaped, 'utf8').toString('utf8')).toBe(escaped)
    }),
    { numRuns: 2000 },
  )
})
