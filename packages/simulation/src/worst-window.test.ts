import { expect, it } from 'vitest'
import { type Passage, worstWindow } from './worst-window.ts'

const at = (...times: readonly number[]): Passage[] => times.map((time) => ({ at: time, cost: 1 }))

it('finds the window with the most, wherever it starts', () => {
  const passages = new Map([['a', at(0, 90, 95, 100, 105, 200)]])
  expect(worstWindow(passages, 100)).toEqual({ key: 'a', start: 90, units: 4 })
})

it('ends just before its length is over', () => {
  expect(worstWindow(new Map([['a', at(0, 100)]]), 100)).toEqual({ key: 'a', start: 0, units: 1 })
  expect(worstWindow(new Map([['a', at(0, 99)]]), 100)).toEqual({ key: 'a', start: 0, units: 2 })
})

it('counts the cost', () => {
  const passages = [
    { at: 0, cost: 1 },
    { at: 50, cost: 7 },
  ]
  expect(worstWindow(new Map([['a', passages]]), 100)).toEqual({ key: 'a', start: 0, units: 8 })
})

it('looks at each key by itself, and takes the earliest of equals, then the key that sorts first', () => {
  const passages = new Map([
    ['c', at(5, 6)],
    ['b', at(3, 4)],
    ['a', at(3, 4)],
  ])
  expect(worstWindow(passages, 10)).toEqual({ key: 'a', start: 3, units: 2 })
})

it('needs no order: delayed requests may go ahead after later ones', () => {
  expect(worstWindow(new Map([['a', at(100, 0, 50)]]), 60)).toEqual({ key: 'a', start: 0, units: 2 })
})

it('is nothing when nothing went ahead', () => {
  expect(worstWindow(new Map(), 100)).toBeUndefined()
  expect(worstWindow(new Map([['a', []]]), 100)).toBeUndefined()
})
