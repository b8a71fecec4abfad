import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type SlotIndex, slotIndex } from './slot-index.ts'

/** All rows that the index may mean by a hash. */
function found(index: SlotIndex, hash: number): number[] {
  const rows: number[] = []
  for (let probe = index.first(hash); probe.row >= 0; probe = index.next()) rows.push(probe.row)
  return rows
}

// Hashes of one slot, of neighbours, of the last slots, after which the first come, and of any.
const hash = fc.oneof(fc.constantFrom(0, 1, 2 ** 28, -1, -2), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
const steps = fc.array(fc.record({ row: fc.nat(60), hash }), { maxLength: 150, size: 'max' })

it('finds what was added and not removed, however many share a hash', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const hashes = new Map<number, number>()
      const index = slotIndex((row) => hashes.get(row) as number)
      for (const { row, hash } of steps) {
        if (hashes.has(row)) {
          index.remove(row)
          hashes.delete(row)
        } else {
          hashes.set(row, hash)
          index.add(row)
        }
      }
      for (const [row, hash] of hashes) expect(found(index, hash).filter((one) => one === row)).toEqual([row])
      for (const { hash } of steps) for (const row of found(index, hash)) expect(hashes.has(row)).toBe(true)
    }),
  )
})

it('holds many, and shrinks again when they go', () => {
  const index = slotIndex((row) => Math.imul(row, 0x9e3779b1))
  const rows = Array.from({ length: 10_000 }, (_, row) => row)
  for (const row of rows) index.add(row)
  for (const row of rows) expect(found(index, Math.imul(row, 0x9e3779b1))).toContain(row)
  for (const row of rows.slice(3)) index.remove(row)
  for (const row of rows.slice(0, 3)) expect(found(index, Math.imul(row, 0x9e3779b1))).toContain(row)
  for (const row of rows.slice(3)) expect(found(index, Math.imul(row, 0x9e3779b1))).not.toContain(row)
})

it('throws where it would search for ever for a row that it does not hold', () => {
  const index = slotIndex(() => 7)
  index.add(1)
  expect(() => index.remove(2)).toThrow('Expected the index to hold row 2, it does not')
})
