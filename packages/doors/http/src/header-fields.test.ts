import { expect, it } from 'vitest'
import { allFields, fieldValue } from './header-fields.ts'

it('takes nothing for a field that only every object has', () => {
  for (const name of ['constructor', '__proto__', 'toString']) expect(fieldValue({}, name)).toBeUndefined()
})

it('joins the lines of a field, in order', () => {
  const lines = ['1.1.1.1', '192.0.2.7']
  const web = new Headers(lines.map((line) => ['X-Forwarded-For', line] as [string, string]))
  for (const headers of [web, { 'x-forwarded-for': lines }]) {
    expect(fieldValue(headers, 'x-forwarded-for')).toBe('1.1.1.1, 192.0.2.7')
    expect(allFields(headers)).toEqual(new Map([['x-forwarded-for', '1.1.1.1, 192.0.2.7']]))
  }
})
