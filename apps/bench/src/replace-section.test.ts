import { expect, it } from 'vitest'
import { readSection, replaceSection } from './replace-section.ts'

const document = '# Title\n\n<!-- one -->\n\nold\n\n<!-- /one -->\n\n<!-- two -->\n<!-- /two -->\n'

it('puts the text between the markers of the section, and leaves the rest alone', () => {
  expect(replaceSection(document, 'one', '\nnew $& text\n')).toBe(
    '# Title\n\n<!-- one -->\n\nnew $& text\n\n<!-- /one -->\n\n<!-- two -->\n<!-- /two -->\n',
  )
  expect(replaceSection(document, 'two', 'first')).toBe(
    '# Title\n\n<!-- one -->\n\nold\n\n<!-- /one -->\n\n<!-- two -->\n\nfirst\n\n<!-- /two -->\n',
  )
})

it('gives the same when it is done twice', () => {
  const once = replaceSection(document, 'one', 'new')
  expect(replaceSection(once, 'one', 'new')).toBe(once)
})

it('reads what is there', () => {
  expect(readSection(document, 'one')).toBe('old')
  expect(readSection(document, 'two')).toBe('')
})

it('knows only the sections that the document has', () => {
  const error = new Error('Expected the document to hold <!-- three --> and <!-- /three -->')
  expect(() => replaceSection(document, 'three', '')).toThrow(error)
})
