import { createLimiter, type Decision, memoryStore } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type PlainWindowOptions, plainWindow } from './plain-window.ts'

/** Limiters of one name over one memory store, on a clock that the test sets. */
function setUp() {
  let now = 0
  const store = memoryStore({ clock: () => now })
  const limit = (options: PlainWindowOptions) => {
    const limiter = createLimiter({ name: 'test', policy: plainWindow(options), store })
    const at = (ms: number) => {
      now = ms
      return {
        consume: (cost = 1): Decision => limiter.consumeSync('ann', { cost }),
        peek: (cost = 1): Decision => limiter.peekSync('ann', { cost }),
        refund: (cost = 1): Decision => limiter.refundSync('ann', { cost }),
      }
    }
    return { at }
  }
  return { limit }
}

describe('plain window', () => {
  it('admits up to its limit, and as much again when the window ends', () => {
    const { at } = setUp().limit({ limit: 3, window: '1s' })
    expect(at(5200).consume()).toMatchObject({ allowed: true, limit: 3, remaining: 2, resetAfterMs: 1000 })
    expect(at(5300).consume(2)).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 900 })
    expect(at(6199).consume()).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1 })
    expect(at(6200).consume()).toMatchObject({ allowed: true, remaining: 2, resetAfterMs: 1000 })
  })

  it('begins its window with the first request that it admits', () => {
    const { at } = setUp().limit({ limit: 3, window: '1s' })
    at(5200).peek()
    at(5300).consume(4)
    expect(at(5400).consume()).toMatchObject({ allowed: true, resetAfterMs: 1000 })
  })

  it('ends the window at once when all that it counts is given back', () => {
    const { at } = setUp().limit({ limit: 3, window: '1s' })
    at(5500).consume(2)
    expect(at(5600).refund()).toMatchObject({ remaining: 2, resetAfterMs: 900 })
    expect(at(5600).refund()).toMatchObject({ remaining: 3, resetAfterMs: 0 })
    expect(at(5700).consume()).toMatchObject({ remaining: 2, resetAfterMs: 1000 })
  })
})

describe('when the options change', () => {
  it('a longer window moves the end out', () => {
    const { limit } = setUp()
    limit({ limit: 3, window: '1s' }).at(5000).consume(3)
    const { at } = limit({ limit: 3, window: '3s' })
    expect(at(5500).consume()).toMatchObject({ allowed: false, retryAfterMs: 2500 })
    expect(at(8000).consume()).toMatchObject({ allowed: true, remaining: 2 })
  })

  it('a shorter window waits for the end', () => {
    const { limit } = setUp()
    limit({ limit: 3, window: '3s' }).at(5000).consume(3)
    const { at } = limit({ limit: 3, window: '1s' })
    expect(at(6500).consume()).toMatchObject({ allowed: false, retryAfterMs: 1500 })
  })
})

describe('when the clock goes back', () => {
  it('by more than two windows, what was counted holds for one window from now', () => {
    const { at } = setUp().limit({ limit: 3, window: '1s' })
    at(5000).consume(3)
    expect(at(4000).consume()).toMatchObject({ allowed: false, retryAfterMs: 2000 })
    expect(at(3999).consume()).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    expect(at(4999).consume()).toMatchObject({ allowed: true })
  })
})

describe('bad options', () => {
  it.each<[Record<string, unknown>, Error]>([
    [{ limit: 0 }, new RangeError('Expected `limit` to be a positive integer below 2^53, got 0')],
    [{ limit: '3' }, new TypeError('Expected `limit` to be a positive integer, got "3"')],
    [{ window: '1 s' }, new TypeError("Expected `window` to be a duration like '60s' or '15m', got \"1 s\"")],
    [{ window: '0s' }, new RangeError('Expected `window` to be a whole number of ms from 1 to 2^50, got "0s"')],
    [{ size: 3 }, new TypeError('Expected the options of plainWindow to be among limit, window, got `size`')],
  ])('%o', (wrong, error) => {
    expect(() => plainWindow({ limit: 3, window: '1s', ...wrong } as PlainWindowOptions)).toThrow(error)
  })
})
