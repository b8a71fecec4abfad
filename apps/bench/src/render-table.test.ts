import { expect, it } from 'vitest'
import { readRows, renderTable } from './render-table.ts'

const table = `
| clock | one hot key | 1 M |
| ----- | ----------: | --: |
| ours  |        1.0× |   9 |
| é     |             | 100 |
`.trim()

it('aligns the first column to the left and the others to the right', () => {
  const rows = [
    ['ours', '1.0×', '9'],
    ['é', '', '100'],
  ]
  expect(renderTable(['clock', 'one hot key', '1 M'], rows)).toBe(table)
})

it('leaves empty what a row does not have', () => {
  expect(renderTable(['a', 'b'], [['x']])).toBe('| a   |   b |\n| --- | --: |\n| x   |     |')
})

it('reads back the rows, without the header', () => {
  expect(readRows(table)).toEqual([
    ['ours', '1.0×', '9'],
    ['é', '', '100'],
  ])
  expect(readRows('')).toEqual([])
})
