import type { Ask } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largestBatch } from './lane.ts'
import { join, partition } from './partition.ts'

const asksOf = (keys: readonly string[]): Ask[] => keys.map((key) => ({ key, mode: 'consume', costs: [1] }))
const one = (): number => 0

describe('parts', () => {
  it('are as equal as can be, none of them a lone ask, in order', () => {
    const asks = asksOf(Array.from({ length: 300 }, (_, i) => `k${i}`))
    const parts = partition(asks, one)
    expect(parts.map((part) => part.asks.length)).toEqual([100, 100, 100])
    expect(parts.flatMap((part) => part.asks)).toEqual(asks)
  })

  it.each([129, 257, 385])('hold at most a batch and more than one, of %i asks', (size) => {
    const sizes = partition(asksOf(Array.from({ length: size }, () => 'a')), one).map(({ asks }) => asks.length)
    expect(Math.min(...sizes)).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(largestBatch)
  })

  it('are never more work than a batch but for one request alone, and keep all requests of a slot in order', () => {
    const request = fc.record({
      slot: fc.nat({ max: 2 }),
      weight: fc.oneof(fc.constantFrom(1, 1.25, 4, 32.5, 200), fc.double({ min: 1, max: largestBatch, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(request, { maxLength: 400 }), (requests) => {
        const asks = asksOf(requests.map((_, i) => `${i}`))
        const of = ({ key }: Ask) => requests[Number(key)] as (typeof requests)[number]
        const weigh = (ask: Ask): number => of(ask).weight
        const parts = partition(asks, (ask) => of(ask).slot, weigh)
        for (const { slot, asks, places } of parts) {
          expect(asks.map(({ key }) => Number(key))).toEqual(places)
          expect(asks.every((ask) => of(ask).slot === slot)).toBe(true)
          const work = asks.reduce((sum, ask) => sum + weigh(ask), 0)
          if (asks.length > 1) expect(work).toBeLessThanOrEqual(largestBatch)
        }
        for (const slot of [0, 1, 2]) {
          const places = parts.filter((part) => part.slot === slot).flatMap((part) => part.places)
          expect(places).toEqual([...asks.keys()].filter((i) => requests[i]?.slot === slot))
        }
      }),
    )
  })

  it('hold only what shares a slot, and the outcomes are in the order of the asks', async () => {
    const parts = partition(asksOf(['b1', 'a1', 'b2', 'a2']), ({ key }) => key.charCodeAt(0))
    expect(parts.map(({ asks }) => asks.map(({ key }) => key))).toEqual([
      ['b1', 'b2'],
      ['a1', 'a2'],
    ])
    const outcomes = await join(parts, async ({ asks }) => asks.map(({ key }) => new Error(key)))
    expect(outcomes).toEqual(['b1', 'a1', 'b2', 'a2'].map((key) => new Error(key)))
  })

  it('fail alone: each ask of one that did has its error', async () => {
    const parts = partition(asksOf(['b1', 'a1', 'b2']), ({ key }) => key.charCodeAt(0))
    const failing = new Error('all of it')
    const outcomes = await join(parts, async ({ asks }) => {
      if (asks.length > 1) throw failing
      return [{ now: 1, views: [] }]
    })
    expect(outcomes).toEqual([failing, { now: 1, views: [] }, failing])
  })

  it('are none when nothing is asked', async () => {
    expect(await join(partition([], one), () => Promise.reject(new Error('nothing to decide')))).toEqual([])
  })
})
