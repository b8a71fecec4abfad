import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serverClock } from './server-clock.ts'

/** One reply: how long after the last it was sent, how long it took to get there and back. */
const exchange = fc.record({
  idle: fc.double({ min: 0, max: 1000, noNaN: true }),
  there: fc.double({ min: 0, max: 50, noNaN: true }),
  back: fc.double({ min: 0, max: 50, noNaN: true }),
})
const ahead = fc.integer({ min: -1_000_000, max: 1_800_000_000_000 })

describe('the clock of a server', () => {
  it('never dates later than the server would, and earlier by no more than the quickest way back and a ms', () => {
    fc.assert(
      fc.property(ahead, fc.array(exchange, { minLength: 1, maxLength: 20 }), (offset, exchanges) => {
        const clock = serverClock()
        let own = 2_000_000
        let quickest = Number.POSITIVE_INFINITY
        for (const { idle, there, back } of exchanges) {
          const sent = own + idle
          own = sent + there + back
          clock.observe(sent, own, Math.floor(sent + there + offset))
          quickest = Math.min(quickest, back)
          const late = own + 100 + offset - clock.date(own + 100)
          // The dates are below 2^41, so sums are off by at most 2^-11.
          expect(late).toBeGreaterThanOrEqual(-0.001)
          expect(late).toBeLessThanOrEqual(quickest + 2.001)
        }
      }),
    )
  })

  it('follows a clock that was set forward or back from the next reply on', () => {
    fc.assert(
      fc.property(ahead, fc.integer({ min: -1_000_000, max: 1_000_000 }), exchange, (offset, jump, { there, back }) => {
        const clock = serverClock()
        clock.observe(2_000_000, 2_000_000, 2_000_000 + offset)
        const sent = 3_000_000
        const received = sent + there + back
        clock.observe(sent, received, Math.floor(sent + there + offset + jump))
        const late = received + offset + jump - clock.date(received)
        // A jump within the doubt of the reply cannot be told from none.
        expect(late).toBeGreaterThanOrEqual(-(there + back + 1.001))
        expect(late).toBeLessThanOrEqual(back + 2.001)
      }),
    )
  })

  it('lets nothing be void twice: after a reply to what seemed to come before it was made, what follows does not', () => {
    // Whole numbers too: then what a reply says may lie exactly at the edge of what was known.
    const ms = fc.oneof(fc.nat({ max: 50 }), fc.double({ min: 0, max: 50, noNaN: true }))
    const trip = fc.record({ idle: ms, there: ms, back: ms })
    fc.assert(
      fc.property(ahead, fc.integer({ min: -100, max: 0 }), trip, trip, trip, (offset, jump, first, second, third) => {
        const clock = serverClock()
        let own = 2_000_000
        const exchange = ({ idle, there, back }: typeof first, offset: number): 'void' | 'executed' => {
          const sent = own + idle
          const earliest = clock.known ? clock.date(sent) : 0
          const now = Math.floor(sent + there + offset)
          own = sent + there + back
          clock.observe(sent, own, now)
          return now < earliest ? 'void' : 'executed'
        }
        exchange(first, offset)
        if (exchange(second, offset + jump) === 'void') expect(exchange(third, offset + jump)).toBe('executed')
      }),
      { numRuns: 2000 },
    )
  })

  it('is unknown before the first reply', () => {
    const clock = serverClock()
    expect(clock.known).toBe(false)
    clock.observe(5, 7, 1006)
    expect(clock.known).toBe(true)
    expect(clock.date(10)).toBe(1009)
  })
})
