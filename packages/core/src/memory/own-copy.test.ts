import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ownCopy } from './own-copy.ts'

it('is the same text, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(40), (text, cut) => {
      const part = text.slice(cut % (text.length + 1))
      expect(ownCopy(part)).toBe(part)
    }),
  )
  // Halves may be cut between surrogates.
  for (const text of ['\u{1f600}'.repeat(9), 'x'.repeat(13), `${'\ud800'.repeat(7)}${'\udc00'.repeat(7)}`]) {
    expect(ownCopy(text)).toBe(text)
  }
})
