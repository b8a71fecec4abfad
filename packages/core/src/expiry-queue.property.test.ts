import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Expiring, expiryQueue } from './expiry-queue.ts'

const date = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.maxSafeNat())
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), date }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), date, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove soonest' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
)

it('holds what a sorted array holds, whatever is added, moved in or out, and removed', () => {
  const history = fc.array(step, { maxLength: 200, size: 'max' })
  fc.assert(
    fc.property(history, (steps) => {
      const queue = expiryQueue<Expiring>()
      let model: Expiring[] = []
      const soonest = (): Expiring | undefined => model.toSorted((a, b) => a.expiresAt - b.expiresAt)[0]
      const remove = (entry: Expiring | undefined): void => {
        if (entry === undefined) return
        queue.remove(entry)
        model = model.filter((other) => other !== entry)
      }

      for (const one of steps) {
        if (one.kind === 'add') {
          const entry = { expiresAt: one.date, queuedAt: 0, place: 0 }
          queue.add(entry)
          model.push(entry)
        }
        if (one.kind === 'move') {
          const entry = model[one.which % model.length]
          if (entry !== undefined) {
            entry.expiresAt = one.date
            queue.moved(entry)
          }
        }
        if (one.kind === 'remove') remove(model[one.which % model.length])
        if (one.kind === 'remove soonest') remove(queue.soonest())
        if (one.kind === 'look') expect(queue.soonest()?.expiresAt).toBe(soonest()?.expiresAt)
        expect(queue.size).toBe(model.length)
      }

      while (model.length > 0) {
        const next = queue.soonest()
        expect(model).toContain(next)
        expect(next?.expiresAt).toBe(soonest()?.expiresAt)
        remove(next)
      }
      expect(queue.soonest()).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})
