import { expect, it } from 'vitest'
import { canBeSentAgain } from './repeatable.ts'

it.each<[string, unknown, boolean]>([
  ['nothing', undefined, true],
  ['text', 'x', true],
  ['bytes', new Uint8Array(1), true],
  ['a form', new FormData(), true],
  ['parameters', new URLSearchParams('a=1'), true],
  ['a blob', new Blob(['x']), true],
  ['a stream', new Blob(['x']).stream(), false],
  ['a stream that is not iterable, as in some browsers', { getReader() {} }, false],
  ['an iterable, as Node takes it', (async function* () {})(), false],
])('says whether a body can be sent again: %s', (_, body, expected) => {
  expect(canBeSentAgain({ body } as RequestInit)).toBe(expected)
})
