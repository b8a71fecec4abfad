/** Something that can be forgotten from a date on. */
export interface Expiring {
  expiresAt: number
  /** The queue's own: the date it is queued under, never later than `expiresAt`, and its place (-1: it is not in). */
  queuedAt: number
  place: number
}

/**
 * A binary heap of what expires, soonest first. An expiry that moves out, as on every charge, costs nothing until the
 * entry comes to the top; only one that moves in is sorted at once.
 */
export interface ExpiryQueue<T extends Expiring> {
  readonly size: number
  add(entry: T): void
  has(entry: T): boolean
  /** To be called when the entry's `expiresAt` has changed. */
  moved(entry: T): void
  remove(entry: T): void
  /** The entry that expires first. */
  soonest(): T | undefined
}

/** An empty queue. */
export function expiryQueue<T extends Expiring>(): ExpiryQueue<T> {
  const heap: T[] = []

  const put = (entry: T, place: number): void => {
    heap[place] = entry
    entry.place = place
  }

  const rise = (entry: T): void => {
    let place = entry.place
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above] as T
      if (parent.queuedAt <= entry.queuedAt) break
      put(parent, place)
      place = above
    }
    put(entry, place)
  }

  const sink = (entry: T): void => {
    let place = entry.place
    for (;;) {
      let below = 2 * place + 1
      const left = heap[below]
      if (left === undefined) break
      const right = heap[below + 1]
      const child = right !== undefined && right.queuedAt < left.queuedAt ? right : left
      if (child === right) below += 1
      if (entry.queuedAt <= child.queuedAt) break
      put(child, place)
      place = below
    }
    put(entry, place)
  }

  return {
    get size() {
      return heap.length
    },
    add(entry) {
      entry.queuedAt = entry.expiresAt
      entry.place = heap.length
      heap.push(entry)
      rise(entry)
    },
    moved(entry) {
      if (entry.expiresAt >= entry.queuedAt) return
      entry.queuedAt = entry.expiresAt
      rise(entry)
    },
    has(entry) {
      return entry.place >= 0
    },
    remove(entry) {
      const { place } = entry
      entry.place = -1
      const last = heap.pop() as T
      if (last === entry) return
      put(last, place)
      rise(last)
      sink(last)
    },
    soonest() {
      for (;;) {
        const top = heap[0]
        if (top === undefined || top.queuedAt === top.expiresAt) return top
        top.queuedAt = top.expiresAt
        sink(top)
      }
    },
  }
}
