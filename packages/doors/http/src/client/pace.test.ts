import { describe, expect, it } from 'vitest'
import { block, depart, newPace, type Pace, reserve, settle, unblock } from './pace.ts'

const turn = { cost: {}, now: 0, jitter: 0, longest: 60_000 }
const limit = { name: 'api', limit: 10, windowMs: 10_000 }
const waits = (pace: Pace, count: number, now = 0) => {
  return Array.from({ length: count }, () => reserve(pace, { ...turn, now }).wait)
}

/** A pace that has learnt of a limit at time 0. */
function paceOf(state: { readonly remaining: number; readonly resetAfterMs: number }): Pace {
  const pace = newPace()
  const first = reserve(pace, turn)
  depart(pace, first, 0)
  settle(pace, first, [{ ...limit, ...state }], 0)
  return pace
}

describe('requests that wait', () => {
  it('for the end of a block go one after the other, at the rate of the quota', () => {
    const pace = paceOf({ remaining: 9, resetAfterMs: 9000 })
    block(pace, reserve(pace, turn), 5000)
    expect(waits(pace, 3)).toEqual([5000, 6000, 7000])
  })

  it('for a reset do the same', () => {
    expect(waits(paceOf({ remaining: 0, resetAfterMs: 4000 }), 3)).toEqual([4000, 5000, 6000])
  })

  it('do not keep others waiting once there is plenty again', () => {
    const pace = paceOf({ remaining: 0, resetAfterMs: 4000 })
    const [first] = [reserve(pace, turn), ...waits(pace, 5)]
    depart(pace, first, 0)
    settle(pace, first, [{ ...limit, remaining: 9, resetAfterMs: 10_000 }], 4000)
    expect(waits(pace, 2, 4000)).toEqual([0, 0])
  })

  it('keep nobody behind them waiting, if they cannot wait for their turn', () => {
    const pace = paceOf({ remaining: 0, resetAfterMs: 4000 })
    for (let i = 0; i < 5; i += 1) expect(reserve(pace, { ...turn, longest: 3999 }).wait).toBe(4000)
    expect(waits(pace, 2)).toEqual([4000, 5000])
  })

  it('for a reset come a little later than it, because other clients wait for it too', () => {
    expect(reserve(paceOf({ remaining: 0, resetAfterMs: 4000 }), { ...turn, jitter: 250 }).wait).toBe(4250)
    expect(reserve(paceOf({ remaining: 0, resetAfterMs: 100 }), { ...turn, jitter: 250 }).wait).toBe(200)
  })

  it('wait for nothing where nothing is known', () => {
    expect(waits(newPace(), 3)).toEqual([0, 0, 0])
  })
})

it('a request that is sent takes its part, and one that waits does not', () => {
  const pace = paceOf({ remaining: 2, resetAfterMs: 4000 })
  const [first] = [reserve(pace, turn), reserve(pace, turn)]
  depart(pace, first, 0)
  expect(reserve(pace, turn).wait).toBe(0)
  depart(pace, first, 0)
  expect(reserve(pace, turn).wait).toBe(4000)
})

it('nobody is slowed down by tokens of which nobody knows how many a request takes, until none are left', () => {
  const pace = newPace()
  const first = reserve(pace, turn)
  settle(pace, first, [{ ...limit, name: 'tokens', remaining: 1, resetAfterMs: 9000 }], 0)
  expect(waits(pace, 3)).toEqual([0, 0, 0])
  settle(pace, first, [{ ...limit, name: 'tokens', remaining: 0, resetAfterMs: 9000 }], 0)
  expect(waits(pace, 1)).toEqual([9000])
})

it('an admission ends a block, unless the refusal is the newer of the two', () => {
  const pace = newPace()
  const [older, refused, newer] = [reserve(pace, turn), reserve(pace, turn), reserve(pace, turn)]
  block(pace, refused, 5000)
  unblock(pace, older)
  expect(waits(pace, 1)).toEqual([5000])
  unblock(pace, newer)
  pace.nextAt = 0
  expect(waits(pace, 1)).toEqual([0])
})

it('an answer that comes late does not replace a newer one', () => {
  const pace = newPace()
  const [first, second] = [reserve(pace, turn), reserve(pace, turn)]
  for (const reservation of [first, second]) depart(pace, reservation, 0)
  settle(pace, second, [{ ...limit, remaining: 0, resetAfterMs: 4000 }], 0)
  settle(pace, first, [{ ...limit, remaining: 9, resetAfterMs: 4000 }], 0)
  expect(waits(pace, 1)).toEqual([4000])
})

it('keeps no more limits than a server can sensibly have', () => {
  const pace = newPace()
  for (let i = 0; i < 100; i += 1) {
    const reservation = reserve(pace, turn)
    settle(pace, reservation, [{ name: `limit-${i}`, remaining: 1 }], 0)
    expect(pace.limits.size).toBeLessThanOrEqual(32)
  }
})
