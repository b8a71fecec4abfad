import { describe, expect, it } from 'vitest'
import { breaker, mostFailures } from './breaker.ts'

const trouble = new Error('trouble')

/** A breaker without spread, after so many failures in a row at time 0. */
function failed(times: number, unanswered = 0) {
  const one = breaker(() => 0.5)
  for (let i = 0; i < times; i += 1) one.failed(0, trouble, unanswered)
  return one
}

describe('a breaker', () => {
  it('lets everything through until there were five failures in a row', () => {
    const one = failed(mostFailures - 1)
    expect(one.admits(0)).toBe(true)
    expect(one.cause).toBeUndefined()
    one.answered()
    for (let i = 1; i < mostFailures; i += 1) one.failed(i, trouble, 0)
    expect(one.admits(9)).toBe(true)
    one.failed(9, trouble, 0)
    expect(one.admits(9)).toBe(false)
    expect(one).toMatchObject({ cause: trouble, since: 1 })
  })

  it('then tries once after each pause: 100 ms, twice as long each time, at most 3 s', () => {
    const one = failed(mostFailures)
    const pauses: number[] = []
    let now = 0
    for (let i = 0; i < 8; i += 1) {
      const from = now
      while (!one.admits(now)) now += 1
      pauses.push(now - from)
      expect(one.admits(now + 2999)).toBe(false)
      one.failed(now, trouble, 0)
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3000, 3000, 3000])
  })

  it('counts those that fail together as one try', () => {
    const one = failed(40)
    expect([one.admits(99), one.admits(100)]).toEqual([false, true])
  })

  it('is closed by an answer, and starts again with the shortest pause', () => {
    const one = failed(mostFailures)
    expect(one.admits(100)).toBe(true)
    one.failed(100, trouble, 0)
    expect(one.admits(300)).toBe(true)
    one.answered()
    expect(one.cause).toBeUndefined()
    expect([one.admits(300), one.admits(300)]).toEqual([true, true])
    for (let i = 0; i < mostFailures; i += 1) one.failed(1000, trouble, 0)
    expect([one.admits(1099), one.admits(1100)]).toEqual([false, true])
  })

  it('tries at once when a late answer shows that the server lives, and is not closed by it', () => {
    const one = failed(mostFailures)
    one.stirred()
    expect(one.cause).toBe(trouble)
    expect([one.admits(1), one.admits(1)]).toEqual([true, false])
  })

  it('tries once a minute while a hundred commands are unanswered', () => {
    const one = failed(mostFailures, 100)
    let now = 0
    for (let i = 0; i < 12; i += 1) {
      while (!one.admits(now)) now += 50
      one.failed(now, trouble, 100)
    }
    expect([one.admits(now + 59_999), one.admits(now + 60_000)]).toEqual([false, true])
  })

  it('tries again after 3 s when nothing came of a try', () => {
    const one = failed(mostFailures)
    expect([one.admits(100), one.admits(3099), one.admits(3100)]).toEqual([true, false, true])
  })

  it('spreads its pauses by a quarter', () => {
    for (const [random, pause] of [
      [0, 75],
      [1, 125],
    ] as const) {
      const one = breaker(() => random)
      for (let i = 0; i < mostFailures; i += 1) one.failed(0, trouble, 0)
      expect([one.admits(pause - 1), one.admits(pause)]).toEqual([false, true])
    }
  })
})
