import type { Answer, Ask } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Decide, inBatches, inLanes, largestBatch, merging } from './merging.ts'

const asksOf = (keys: readonly string[]): Ask[] => keys.map((key) => ({ key, mode: 'consume', costs: [1] }))

/** Answers each ask with its place in the order of all that were decided; keys that start with `!` fail alone. */
function counting(): { decide: Decide; decided: string[]; batches: number[] } {
  const decided: string[] = []
  const batches: number[] = []
  const decide: Decide = async (asks) => {
    batches.push(asks.length)
    return asks.map(({ key }): Answer | Error => {
      decided.push(key)
      return key.startsWith('!') ? new Error(key) : { now: decided.length, views: [] }
    })
  }
  return { decide, decided, batches }
}

const call = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', '!c'), { maxLength: 5 }),
  // How many replies arrive before this call is made.
  after: fc.nat({ max: 3 }),
})

describe('merging, whatever the order of calls, replies and errors', () => {
  it('gives every caller its own outcomes, first come first decided', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(call, { minLength: 1, maxLength: 12 }),
      async (s, calls) => {
        const { decide, decided, batches } = counting()
        const failing = new Error('the whole script failed')
        let scripts = 0
        // Replies come back when the scheduler says; scripts are decided in the order in which they were sent.
        const server: Decide = (asks) => {
          scripts += 1
          if (scripts % 4 !== 0) return s.schedule(decide(asks), `script of ${asks.length}`)
          return s.schedule(Promise.resolve(), 'script that fails').then(() => Promise.reject(failing))
        }
        const merged = merging(server)

        const made: { keys: readonly string[]; outcomes: Promise<readonly (Answer | Error)[] | Error> }[] = []
        for (const { keys, after } of calls) {
          for (let i = 0; i < after && s.count() > 0; i += 1) await s.waitNext(1)
          made.push({ keys, outcomes: merged(asksOf(keys)).catch((error: Error) => error) })
        }
        await s.waitIdle()

        const order: number[] = []
        for (const { keys, outcomes } of made) {
          const own = await outcomes
          if (own instanceof Error) {
            expect(own).toBe(failing)
            continue
          }
          expect(own).toHaveLength(keys.length)
          for (const [i, outcome] of own.entries()) {
            if (outcome instanceof Error) expect(outcome.message).toBe(keys[i])
            else {
              expect(decided[outcome.now - 1]).toBe(keys[i])
              order.push(outcome.now)
            }
          }
        }
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        for (const size of batches) expect(size).toBeLessThanOrEqual(largestBatch)
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })
})

describe('merging', () => {
  it('sends a lone ask at once, and merges what comes while two scripts are in flight', async () => {
    const { decide, batches } = counting()
    const merged = merging(decide)
    await Promise.all([...'abcdefgh'].map((key) => merged(asksOf([key]))))
    expect(batches).toEqual([1, 1, 6])
  })

  it('never puts more than a batch into one script', async () => {
    const { decide, batches } = counting()
    const merged = merging(decide)
    await Promise.all(Array.from({ length: 300 }, () => merged(asksOf(['a']))))
    expect(batches).toEqual([1, 1, 128, 128, 42])
  })

  it('keeps the asks of one caller together', async () => {
    const { decide, batches } = counting()
    const merged = merging(decide)
    const hundred = Array.from({ length: 100 }, () => 'a')
    await Promise.all([merged(asksOf(['a'])), merged(asksOf(['a'])), merged(asksOf(hundred)), merged(asksOf(hundred))])
    expect(batches).toEqual([1, 1, 100, 100])
  })
})

describe('inBatches', () => {
  it('splits what is more than one batch into equal parts, none of them a lone ask, and keeps the order', async () => {
    const { decide, batches } = counting()
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    const outcomes = await inBatches(decide)(asksOf(keys))
    expect(batches).toEqual([100, 100, 100])
    expect(outcomes.map((outcome) => !(outcome instanceof Error) && outcome.now)).toEqual(keys.map((_, i) => i + 1))
  })
})

describe('inBatches, one more than fits', () => {
  it.each([129, 257, 385])('%i asks', async (size) => {
    const { decide, batches } = counting()
    await inBatches(decide)(asksOf(Array.from({ length: size }, () => 'a')))
    expect(Math.min(...batches)).toBeGreaterThan(1)
    expect(Math.max(...batches)).toBeLessThanOrEqual(largestBatch)
  })
})

describe('inLanes', () => {
  it('decides together only what shares a lane, and answers in the order of the asks', async () => {
    const { decide, decided, batches } = counting()
    const outcomes = await inLanes(
      ({ key }) => key.charCodeAt(0),
      () => decide,
    )(asksOf(['b1', 'a1', 'b2', 'a2']))
    expect(batches).toEqual([2, 2])
    expect(outcomes.map((outcome) => (outcome instanceof Error ? '' : decided[outcome.now - 1]))).toEqual([
      'b1',
      'a1',
      'b2',
      'a2',
    ])
  })
})
