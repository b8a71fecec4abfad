import { expect, it } from 'vitest'
import { keyHash } from './key-hash.ts'

it('is the same for the same key, whatever was hashed in between', () => {
  const keys = ['', 'ann', 'bob', 'user:1', '\0', '\ud800', 'k'.repeat(65_536)]
  const before = keys.map(keyHash)
  expect(keys.map(keyHash)).toEqual(before)
  expect(keys.toReversed().map(keyHash)).toEqual(before.toReversed())
})

it('tells apart what differs in one code unit, its place, or a NUL at the end', () => {
  const keys = ['', '\0', '\0\0', 'a', 'a\0', 'b', 'ab', 'ba', 'k'.repeat(65_535), 'k'.repeat(65_536)]
  expect(new Set(keys.map(keyHash)).size).toBe(keys.length)
})
