import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Passage, worstWindow } from './worst-window.ts'

const passages: fc.Arbitrary<Passage[]> = fc.array(fc.record({ at: fc.nat(200), cost: fc.integer({ min: 1, max: 5 }) }))

/** Every window that could be the worst, counted one by one. */
function counted(ofKey: readonly Passage[], window: number): number {
  const starts = ofKey.map((passage) => passage.at)
  const units = (start: number): number =>
    ofKey.filter(({ at }) => at >= start && at < start + window).reduce((sum, { cost }) => sum + cost, 0)
  return Math.max(0, ...starts.map(units))
}

it('finds as many as counting every window does', () => {
  fc.assert(
    fc.property(passages, passages, fc.integer({ min: 1, max: 250 }), (a, b, window) => {
      const worst = worstWindow(
        new Map([
          ['a', a],
          ['b', b],
        ]),
        window,
      )
      expect(worst?.units ?? 0).toBe(Math.max(counted(a, window), counted(b, window)))
      if (worst === undefined) return
      const own = worst.key === 'a' ? a : b
      const inside = own.filter(({ at }) => at >= worst.start && at < worst.start + window)
      expect(inside.reduce((sum, { cost }) => sum + cost, 0)).toBe(worst.units)
    }),
  )
})
