import { expect, it } from 'vitest'
import { type Goal, goalTable, isMet, mergeGoals } from './goal.ts'

const small: Goal = { id: 'M3', claim: 'bytes a key', wanted: ['≤', 64], unit: ' B', measured: 70.25 }
const fast: Goal = { id: 'M1', claim: 'time of the limit', wanted: ['≤', 1.25], unit: '×', measured: 1.25 }
const slow: Goal = { id: 'R3', claim: 'to the best peer', wanted: ['≥', 10], unit: '×', measured: 9.96 }

it('is met at the bound, and judged by what was measured, not by what is shown', () => {
  expect([small, fast, slow].map(isMet)).toEqual([false, true, false])
})

it('stands in a table with what was wanted and what was measured', () => {
  expect(goalTable([small, slow])).toBe(
    `
|                      | wanted | measured |    met |
| -------------------- | -----: | -------: | -----: |
| M3: bytes a key      | ≤ 64 B |   70.3 B | **no** |
| R3: to the best peer |  ≥ 10× |    9.96× | **no** |
`.trim(),
  )
})

it('takes the place of an earlier one of the same name, in order, and leaves the others', () => {
  const earlier = goalTable([small, slow])
  expect(mergeGoals(earlier, [fast, { ...small, measured: 34 }])).toBe(
    `
|                       |  wanted | measured |    met |
| --------------------- | ------: | -------: | -----: |
| M1: time of the limit | ≤ 1.25× |    1.25× |    yes |
| M3: bytes a key       |  ≤ 64 B |     34 B |    yes |
| R3: to the best peer  |   ≥ 10× |    9.96× | **no** |
`.trim(),
  )
  expect(mergeGoals('', [small])).toBe(goalTable([small]))
})
