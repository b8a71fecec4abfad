import { expect, it } from 'vitest'
import { makeRounds } from './rounds.ts'

it('have numbers of 32 bits, and remember as much when the numbers begin again', () => {
  const rounds = makeRounds(16, 2 ** 40, 2 ** 31 - 3)
  const stamps = Array.from({ length: 100 }, () => {
    const stamp = rounds.touch(1)
    expect(stamp | 0).toBe(stamp)
    expect(stamp).toBeGreaterThan(0)
    return stamp
  })
  // Two entries to a round, so the last eight are in the last four, and what came first is long forgotten.
  for (const stamp of stamps.slice(-8)) expect(rounds.isRecent(stamp)).toBe(true)
  for (const stamp of stamps.slice(0, 80)) expect(rounds.isRecent(stamp)).toBe(false)
})
