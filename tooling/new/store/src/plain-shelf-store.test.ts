import { createLimiter } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'
import { expect, it } from 'vitest'
import { type PlainShelfStoreOptions, plainShelfStore, type Shelf } from './plain-shelf-store.ts'

const policy = tokenBucket({ capacity: 5, refill: 1, per: '1s' })

/** A limiter over a shelf of its own, on a clock that the test sets. */
function setUp() {
  const time = { now: 0 }
  const shelf: Shelf = new Map()
  const limit = (name: string) =>
    createLimiter({ name, policy, store: plainShelfStore({ shelf, clock: () => time.now }) })
  return { time, shelf, limit }
}

it('stores over one shelf share what they hold', () => {
  const { limit } = setUp()
  limit('api').consumeSync('ann', { cost: 3 })
  expect(limit('api').consumeSync('ann').remaining).toBe(1)
  expect(limit('login').consumeSync('ann').remaining).toBe(4)
})

it('each new key removes up to four states that have expired', () => {
  const { time, shelf, limit } = setUp()
  const limiter = limit('api')
  for (let i = 0; i < 10; i += 1) limiter.consumeSync(`early:${i}`)
  // With a clock of one's own, states are kept for a day after they have expired.
  time.now = 1000 + 86_400_000 - 1
  limiter.consumeSync('late')
  expect(shelf.size).toBe(11)
  time.now += 1
  const sizes = [1, 2, 3].map((i) => {
    limiter.consumeSync(`new:${i}`)
    return shelf.size
  })
  expect(sizes).toEqual([8, 5, 4])
})

it('a state that still counts is left where it is', () => {
  const { time, shelf, limit } = setUp()
  const limiter = limit('api')
  for (let i = 0; i < 10; i += 1) {
    time.now += 100
    limiter.consumeSync(`key:${i}`)
  }
  expect(shelf.size).toBe(10)
})

it.each([
  [{ shelf: {} }, 'Expected `shelf` to be a Map, got an object'],
  [{ shelf: new Map(), clock: 5 }, 'Expected `clock` to be a function that returns milliseconds, got 5'],
  [{ shelf: new Map(), size: 3 }, 'Expected the options of plainShelfStore to be among shelf, clock, got `size`'],
])('refuses %o', (options, message) => {
  expect(() => plainShelfStore(options as PlainShelfStoreOptions)).toThrow(new TypeError(message))
})
