import { describe, expect, it } from 'vitest'
import { type Breaker, breaker, mostFailures } from './breaker.ts'

const storeError = new Error('the store failed')

/** Sends a request at a time, which fails at once. */
function fail(one: Breaker, now: number): void {
  one.failed(now, one.sending(now), storeError)
}

/** Sends so many requests together at time 0, which are all missed then. */
function miss(one: Breaker, times: number, unanswered = 0): void {
  const requests = Array.from({ length: times }, () => one.sending(0))
  for (const request of requests) one.missed(0, request, storeError, unanswered)
}

/** A breaker without spread that has opened at time 0. */
function opened(): Breaker {
  const one = breaker(() => 0.5)
  for (let i = 0; i < mostFailures; i += 1) fail(one, 0)
  return one
}

describe('a breaker', () => {
  it('lets everything through until there were five failures in a row', () => {
    const one = breaker()
    for (let i = 1; i < mostFailures; i += 1) fail(one, 0)
    expect([one.state, one.admits(0), one.cause]).toEqual(['closed', true, undefined])
    one.replied()
    for (let i = 1; i < mostFailures; i += 1) fail(one, i)
    expect([one.state, one.admits(9)]).toEqual(['closed', true])
    fail(one, 9)
    expect([one.state, one.admits(9), one.cause, one.since]).toEqual(['open', false, storeError, 1])
  })

  it('then tries once after each pause: 100 ms, twice as long each time, at most 3 s', () => {
    const one = opened()
    const pauses: number[] = []
    let now = 0
    for (let i = 0; i < 8; i += 1) {
      const from = now
      while (!one.admits(now)) now += 1
      pauses.push(now - from)
      const trial = one.sending(now)
      expect([one.state, one.admits(now + 2999)]).toEqual(['half-open', false])
      one.failed(now, trial, storeError)
      expect(one.state).toBe('open')
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3000, 3000, 3000])
  })

  it('counts as one failure what fails together, when one connection breaks', () => {
    const one = breaker()
    const together = Array.from({ length: 3 * mostFailures }, () => one.sending(0))
    for (const request of together) one.failed(5, request, storeError)
    expect(one.state).toBe('closed')
    for (let i = 2; i < mostFailures; i += 1) fail(one, 5)
    expect(one.state).toBe('closed')
    fail(one, 5)
    expect(one.state).toBe('open')
  })

  it('counts each refusal, also of what was sent together', () => {
    const one = breaker(() => 0.5)
    const together = Array.from({ length: mostFailures }, () => one.sending(0))
    for (const request of together) one.refused(5, request, storeError)
    expect(one.state).toBe('open')
  })

  it('counts each of those that miss a deadline together', () => {
    const one = breaker()
    miss(one, mostFailures)
    expect(one.state).toBe('open')
  })

  it('leaves the pause as it is when more is missed that was sent before it opened', () => {
    const one = breaker(() => 0.5)
    miss(one, 8 * mostFailures)
    expect([one.admits(99), one.admits(100)]).toEqual([false, true])
  })

  it('is judged by the trial alone while one is under way', () => {
    const one = breaker(() => 0.5)
    const early = Array.from({ length: mostFailures + 2 }, () => one.sending(0))
    for (const request of early.slice(2)) one.missed(0, request, storeError, 0)
    const trial = one.sending(100)
    one.missed(110, early[0] as number, storeError, 0)
    one.failed(110, early[1] as number, storeError)
    expect([one.state, one.admits(500)]).toEqual(['half-open', false])
    one.missed(200, trial, storeError, 0)
    expect([one.state, one.admits(399), one.admits(400)]).toEqual(['open', false, true])
  })

  it('is closed by a reply, and starts again with the shortest pause', () => {
    const one = opened()
    one.failed(100, one.sending(100), storeError)
    one.sending(300)
    one.replied()
    expect([one.state, one.cause, one.admits(300)]).toEqual(['closed', undefined, true])
    for (let i = 0; i < mostFailures; i += 1) fail(one, 1000)
    expect([one.admits(1099), one.admits(1100)]).toEqual([false, true])
  })

  it('tries at once when a late reply shows that the server is alive, and is not closed by it', () => {
    const one = opened()
    one.repliedLate()
    expect([one.state, one.cause, one.admits(1)]).toEqual(['open', storeError, true])
    one.sending(1)
    expect(one.admits(1)).toBe(false)
  })

  it('tries again at once when the trial ended without a verdict', () => {
    const one = opened()
    const trial = one.sending(100)
    one.ended(trial - 1)
    expect([one.state, one.admits(101)]).toEqual(['half-open', false])
    one.ended(trial)
    expect([one.state, one.admits(101)]).toEqual(['open', true])
  })

  it('tries once a minute while a hundred commands are unanswered', () => {
    const one = breaker(() => 0.5)
    miss(one, mostFailures, 100)
    let now = 0
    for (let i = 0; i < 12; i += 1) {
      while (!one.admits(now)) now += 50
      one.missed(now, one.sending(now), storeError, 100)
    }
    expect([one.admits(now + 59_999), one.admits(now + 60_000)]).toEqual([false, true])
  })

  it('tries again after 3 s when nothing came of a trial', () => {
    const one = opened()
    one.sending(100)
    expect([one.admits(3099), one.admits(3100)]).toEqual([false, true])
  })

  it('spreads its pauses by a quarter', () => {
    for (const [random, pause] of [
      [0, 75],
      [1, 125],
    ] as const) {
      const one = breaker(() => random)
      for (let i = 0; i < mostFailures; i += 1) fail(one, 0)
      expect([one.admits(pause - 1), one.admits(pause)]).toEqual([false, true])
    }
  })
})
