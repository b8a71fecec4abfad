import { note, type Rows } from './rows.ts'

/**
 * Finds rows by their hash, table and key: open addressing, linear probing, 4 bytes a slot. A `Map` would take 53 bytes a key
 * whenever it has just doubled.
 */
export interface KeyIndex {
  /** The row of the key, or -1. */
  find(table: number, key: string, hash: number): number
  /** A row whose hash is set, and which is not yet in. */
  add(row: number): void
  remove(row: number): void
  /** What was at one row will be at another. */
  move(from: number, to: number): void
}

/** No row. */
export const none = -1

const fewestSlots = 16

/** An index of no rows. */
export function keyIndex(rows: Rows): KeyIndex {
  // Rows plus 1; 0 is an empty slot.
  let slots = new Int32Array(fewestSlots)
  let taken = 0

  // The upper bits of a hash are the better ones, and the number of slots need not be a power of two.
  const home = (hash: number): number => ((hash >>> 0) * (slots.length / 2 ** 32)) >>> 0
  const after = (slot: number): number => (slot + 1 === slots.length ? 0 : slot + 1)

  const put = (row: number): void => {
    let slot = home(rows.note(row, note.hash))
    while (slots[slot] !== 0) slot = after(slot)
    slots[slot] = row + 1
  }

  const slotOf = (row: number): number => {
    let slot = home(rows.note(row, note.hash))
    while (slots[slot] !== row + 1) slot = after(slot)
    return slot
  }

  const resize = (length: number): void => {
    const old = slots
    slots = new Int32Array(length)
    for (const taken of old) if (taken !== 0) put(taken - 1)
  }

  /** How many slots lie from one to the other, going forward. */
  const distance = (from: number, to: number): number => (to < from ? to - from + slots.length : to - from)

  return {
    find(table, key, hash) {
      for (let slot = home(hash); ; slot = after(slot)) {
        const row = (slots[slot] as number) - 1
        if (row === none) return none
        if (rows.holds(row, table, key, hash)) return row
      }
    },
    add(row) {
      if (taken >= slots.length * 0.75) resize(larger(slots.length))
      put(row)
      taken += 1
    },
    remove(row) {
      let gap = slotOf(row)
      // What follows without a gap may have been pushed there by this one: what may move up does, so no search ends early.
      for (let slot = after(gap); slots[slot] !== 0; slot = after(slot)) {
        const wanted = home(rows.note((slots[slot] as number) - 1, note.hash))
        if (distance(wanted, slot) < distance(gap, slot)) continue
        slots[gap] = slots[slot] as number
        gap = slot
      }
      slots[gap] = 0
      taken -= 1
      if (slots.length > fewestSlots && taken < slots.length / 4) resize(slots.length / 2)
    },
    move(from, to) {
      slots[slotOf(from)] = to + 1
    },
  }
}

/** By a half, then by a third: at most half of the slots are ever empty for long, and the length stays divisible by 8. */
function larger(length: number): number {
  const isPowerOfTwo = (length & (length - 1)) === 0
  return isPowerOfTwo ? length * 1.5 : (length / 3) * 4
}
