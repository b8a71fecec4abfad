import type { Ask } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyGroups } from './key-groups.ts'

function groupsOf(...keys: readonly Ask['key'][]): (readonly [Ask['key'], readonly number[]])[] {
  const requests = keys.map((key): Ask => ({ key, mode: 'consume', costs: [1, 1] }))
  return keyGroups(requests).map(({ key, indexes }) => [key, indexes])
}

describe('requests', () => {
  it('on one key for all policies are together, whatever comes between', () => {
    expect(groupsOf('a', 'b', 'a', 'c', 'b')).toEqual([
      ['a', [0, 2]],
      ['b', [1, 4]],
      ['c', [3]],
    ])
  })

  it('on the same keys by policy are together, unless one that shares a key with them comes between', () => {
    const [one, apart, shares] = [
      ['x', 'ann'],
      ['y', 'bob'],
      ['x', 'eve'],
    ] as const
    expect(groupsOf(one, apart, one, apart)).toEqual([
      [one, [0, 2]],
      [apart, [1, 3]],
    ])
    expect(groupsOf(one, apart, shares, one)).toEqual([
      [one, [0]],
      [shares, [2]],
      [one, [3]],
      [apart, [1]],
    ])
  })

  it('that others connect stay in order', () => {
    expect(groupsOf(['x', 'ann'], ['y', 'bob'], ['x', 'bob'], ['y', 'bob']).flatMap(([, indexes]) => indexes)).toEqual([
      0, 1, 2, 3,
    ])
  })

  it('on one key for all policies share it with each policy; the same string of another policy is another key', () => {
    expect(groupsOf(['x', 'ann'], 'ann', ['y', 'x']).map(([, indexes]) => indexes)).toEqual([[0], [1], [2]])
    expect(groupsOf(['x', 'ann'], ['y', 'bob'], 'ann', ['x', 'ann']).flatMap(([, indexes]) => indexes)).toEqual([
      0, 2, 3, 1,
    ])
  })

  it('are each in one group, and any two that share a key are in their order', () => {
    const one = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    const key = fc.oneof({ weight: 1, arbitrary: one }, { weight: 4, arbitrary: fc.tuple(one, one, one) })
    fc.assert(
      fc.property(fc.array(key, { maxLength: 12 }), (keys) => {
        const order = groupsOf(...keys).flatMap(([, indexes]) => indexes)
        expect([...order].sort((a, b) => a - b)).toEqual([...keys.keys()])
        const at = (key: Ask['key'], i: number): string => (typeof key === 'string' ? key : (key[i] as string))
        for (const [i, first] of order.entries()) {
          for (const second of order.slice(i + 1)) {
            const share = [0, 1, 2].some((n) => at(keys[first] as Ask['key'], n) === at(keys[second] as Ask['key'], n))
            if (share) expect(first).toBeLessThan(second)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
