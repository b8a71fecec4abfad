/**
 * Which entries were touched last. A touch stamps an entry with the round of the day; a round holds an eighth of a bound, and each
 * entry counts in the round of its last touch alone. Those are recent, and never forgotten, after which less than half of both
 * bounds was touched. So the latest entries within half of both bounds are recent, and all that is recent takes no more than 5/8
 * of a bound, or, where one entry is larger than an eighth, half and that entry.
 */
export interface Rounds {
  /** The stamp of what is touched now. */
  current(): number
  /** Counts the touch of an entry, so large, that does not bear the current stamp. Returns its stamp. */
  touch(bytes: number): number
  /** An entry with this stamp, so large, is gone, or is about to be touched again. */
  leave(stamp: number, bytes: number): void
  /** An entry with this stamp takes so many bytes fewer. */
  shrink(stamp: number, bytes: number): void
  isRecent(stamp: number): boolean
}

/** What was touched last in one round, or in several. */
interface Touched {
  entries: number
  bytes: number
}

/** The stamp of an entry that no round has counted. */
export const untouched = 0
const first = untouched + 1
/** The last round has this number, after which the numbers begin again: rows may keep 32 bits of a stamp. */
const last = 2 ** 31 - 1

/** Rounds of a store with these bounds, which must hold the entries of one decision twice. They begin with number `from`. */
export function makeRounds(maxKeys: number, maxBytes: number, from: number = first): Rounds {
  const all: Touched = { entries: 0, bytes: 0 }
  let round = from
  let current: Touched = { entries: 0, bytes: 0 }
  // Those that are recent, the oldest first.
  const rounds = new Map([[round, current]])

  const isFull = (bytes: number): boolean =>
    current.entries >= maxKeys / 8 || (current.entries > 0 && current.bytes + bytes > maxBytes / 8)

  const open = (): void => {
    round = round === last ? first : round + 1
    current = { entries: 0, bytes: 0 }
    rounds.set(round, current)
  }

  /** Drops rounds after which half of a bound was touched. */
  const dropPast = (): void => {
    for (const [oldest, { entries, bytes }] of rounds) {
      if (all.entries - entries < Math.floor(maxKeys / 2) && all.bytes - bytes < maxBytes / 2) return
      add(all, -entries, -bytes)
      rounds.delete(oldest)
    }
  }

  const take = (stamp: number, entries: number, bytes: number): void => {
    const touched = rounds.get(stamp)
    if (touched === undefined) return
    add(touched, -entries, -bytes)
    add(all, -entries, -bytes)
  }

  return {
    current: () => round,
    touch(bytes) {
      if (isFull(bytes)) open()
      add(current, 1, bytes)
      add(all, 1, bytes)
      dropPast()
      return round
    },
    leave(stamp, bytes) {
      take(stamp, 1, bytes)
      if (rounds.get(stamp)?.entries === 0 && stamp !== round) rounds.delete(stamp)
    },
    shrink: (stamp, bytes) => take(stamp, 0, bytes),
    isRecent: (stamp) => rounds.has(stamp),
  }
}

function add(touched: Touched, entries: number, bytes: number): void {
  touched.entries += entries
  touched.bytes += bytes
}
