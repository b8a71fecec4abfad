import type { Ask } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { join, partition } from './partition.ts'
import { largestBatch } from './queue.ts'

const requestsOf = (keys: readonly string[]): Ask[] => keys.map((key) => ({ key, mode: 'consume', costs: [1] }))
const one = (): number => 0

describe('parts', () => {
  it('are as equal as can be, none of them a single request, in order', () => {
    const requests = requestsOf(Array.from({ length: 300 }, (_, i) => `k${i}`))
    const parts = partition(requests, one)
    expect(parts.map((part) => part.requests.length)).toEqual([100, 100, 100])
    expect(parts.flatMap((part) => part.requests)).toEqual(requests)
  })

  it.each([129, 257, 385])('hold at most a batch and more than one, of %i requests', (size) => {
    const sizes = partition(requestsOf(Array.from({ length: size }, () => 'a')), one).map(
      ({ requests }) => requests.length,
    )
    expect(Math.min(...sizes)).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(largestBatch)
  })

  it('are never more work than a batch but for one request alone, and keep all requests of a slot in order', () => {
    const planned = fc.record({
      slot: fc.nat({ max: 2 }),
      weight: fc.oneof(fc.constantFrom(1, 1.25, 4, 32.5, 200), fc.double({ min: 1, max: largestBatch, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 400 }), (plan) => {
        const all = requestsOf(plan.map((_, i) => `${i}`))
        const of = ({ key }: Ask) => plan[Number(key)] as (typeof plan)[number]
        const weigh = (request: Ask): number => of(request).weight
        const parts = partition(all, (request) => of(request).slot, weigh)
        for (const { slot, requests, indexes, work } of parts) {
          expect(requests.map(({ key }) => Number(key))).toEqual(indexes)
          expect(requests.every((request) => of(request).slot === slot)).toBe(true)
          expect(work).toBe(requests.reduce((sum, request) => sum + weigh(request), 0))
          if (requests.length > 1) expect(work).toBeLessThanOrEqual(largestBatch)
        }
        for (const slot of [0, 1, 2]) {
          const indexes = parts.filter((part) => part.slot === slot).flatMap((part) => part.indexes)
          expect(indexes).toEqual([...all.keys()].filter((i) => plan[i]?.slot === slot))
        }
      }),
    )
  })

  it('hold only what shares a slot, and the outcomes are in the order of the requests', async () => {
    const parts = partition(requestsOf(['b1', 'a1', 'b2', 'a2']), ({ key }) => (key as string).charCodeAt(0))
    expect(parts.map(({ requests }) => requests.map(({ key }) => key))).toEqual([
      ['b1', 'b2'],
      ['a1', 'a2'],
    ])
    const outcomes = await join(parts, async ({ requests }) => requests.map(({ key }) => new Error(key as string)))
    expect(outcomes).toEqual(['b1', 'a1', 'b2', 'a2'].map((key) => new Error(key)))
  })

  it('fail alone: each request of one that did has its error', async () => {
    const parts = partition(requestsOf(['b1', 'a1', 'b2']), ({ key }) => (key as string).charCodeAt(0))
    const failing = new Error('all of it')
    const outcomes = await join(parts, async ({ requests }) => {
      if (requests.length > 1) throw failing
      return [{ now: 1, views: [] }]
    })
    expect(outcomes).toEqual([failing, { now: 1, views: [] }, failing])
  })

  it('are none when nothing is asked', async () => {
    expect(await join(partition([], one), () => Promise.reject(new Error('nothing to decide')))).toEqual([])
  })
})
