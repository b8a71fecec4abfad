/** Finds rows by their hashes: open addressing, linear probing, 5 to 8 bytes a row. */
export interface SlotIndex {
  /** The first row that may have this hash, then the ones after it; -1 when there are no more. The probe is the index's own. */
  first(hash: number): Probe
  next(): Probe
  add(row: number): void
  remove(row: number): void
}

export interface Probe {
  readonly row: number
}

const fewestSlots = 16

/** An index of no rows; `hashOf` tells the hash that a row was added with. */
export function slotIndex(hashOf: (row: number) => number): SlotIndex {
  // Rows plus 1; 0 is an empty slot.
  let slots = new Int32Array(fewestSlots)
  let taken = 0
  let at = 0
  const probe = { row: -1 }

  // The upper bits of a hash are the better ones, and the number of slots need not be a power of two.
  const home = (hash: number): number => ((hash >>> 0) * (slots.length / 2 ** 32)) >>> 0
  const after = (slot: number): number => (slot + 1 === slots.length ? 0 : slot + 1)
  /** How many slots lie from one to the other, going forward. */
  const distance = (from: number, to: number): number => (to < from ? to - from + slots.length : to - from)

  const look = (slot: number): Probe => {
    at = slot
    probe.row = (slots[slot] as number) - 1
    return probe
  }

  const put = (row: number): void => {
    let slot = home(hashOf(row))
    while (slots[slot] !== 0) slot = after(slot)
    slots[slot] = row + 1
  }

  const slotOf = (row: number): number => {
    let slot = home(hashOf(row))
    while (slots[slot] !== row + 1) {
      // Never true; but then an error is better than a search without end.
      if (slots[slot] === 0) throw new Error(`Expected the index to hold row ${row}, it does not`)
      slot = after(slot)
    }
    return slot
  }

  const resize = (length: number): void => {
    const old = slots
    slots = new Int32Array(length)
    for (const taken of old) if (taken !== 0) put(taken - 1)
  }

  return {
    first: (hash) => look(home(hash)),
    next: () => look(after(at)),
    add(row) {
      if (taken >= slots.length * 0.75) resize(larger(slots.length))
      put(row)
      taken += 1
    },
    remove(row) {
      let gap = slotOf(row)
      // What follows without a gap may have been pushed there by this one: what may move up does, so no search ends early.
      for (let slot = after(gap); slots[slot] !== 0; slot = after(slot)) {
        const wanted = home(hashOf((slots[slot] as number) - 1))
        if (distance(wanted, slot) < distance(gap, slot)) continue
        slots[gap] = slots[slot] as number
        gap = slot
      }
      slots[gap] = 0
      taken -= 1
      if (slots.length > fewestSlots && taken < slots.length / 4) resize(slots.length / 2)
    },
  }
}

/** By a half, then by a third: at most half of the slots are ever empty for long, and the length stays divisible by 8. */
function larger(length: number): number {
  const isPowerOfTwo = (length & (length - 1)) === 0
  return isPowerOfTwo ? length * 1.5 : (length / 3) * 4
}
