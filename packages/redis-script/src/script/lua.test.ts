import { describe, expect, it } from 'vitest'
import { each, lua } from './lua.ts'

describe('a template of Lua', () => {
  it('loses its margin, and indents each line of what is put into it', () => {
    const inner = lua`
      a = 1

      b = 2
    `
    const outer = lua`
      if c then
        ${inner}
      end
    `
    expect(outer).toBe('if c then\n  a = 1\n\n  b = 2\nend')
  })

  it('begins with what is put into its first line', () => {
    expect(lua`
      ${'a = 1\nb = 2'}
      c = 3
    `).toBe('a = 1\nb = 2\nc = 3')
  })

  it('has no line for what is empty', () => {
    expect(lua`
      a = 1
      ${''}
      b = 2

      ${''}

      c = ${3}
    `).toBe('a = 1\nb = 2\n\nc = 3')
  })

  it('has what is written for each of several, one after the other', () => {
    expect(lua`
      do
        ${each([1, 2], (i) => `a_${i} = ${i}`)}
      end
    `).toBe('do\n  a_1 = 1\n  a_2 = 2\nend')
  })
})
