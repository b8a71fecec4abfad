/**
 * Which entries were touched last. Of the entries of a store, bounded in number and in bytes, those are recent that no more
 * than half of either bound was touched after: they must never be forgotten. A touch stamps an entry with the generation of
 * the day. A generation takes an eighth of the bounds; the oldest is no longer recent as soon as those after it come to half
 * of either bound. Each entry counts in the generation of its last touch alone, so what was touched after an entry is
 * counted once, however often it was touched.
 *
 * So less than 5/8 of the bounds are recent at any time, plus, where one entry alone is larger than an eighth, that entry.
 */
export interface Generations {
  /** Counts a touch, and returns its stamp: what bears the newest one need not be touched again. */
  enter(bytes: number): number
  /** What bears the stamp is touched again or gone. */
  leave(stamp: number, bytes: number): void
  /** So many bytes fewer for what bears the stamp. */
  shrink(stamp: number, bytes: number): void
  isRecent(stamp: number): boolean
}

export interface GenerationsOptions {
  readonly most: number
  readonly mostBytes: number
  /** The first stamp. Default 1. */
  readonly firstStamp?: number
  /** Stamps have run out: replaces all that were given. */
  restamp(replaced: (stamp: number) => number): void
}

/** Consecutive stamps from `since` on, up to the `since` of the next generation. */
interface Generation {
  since: number
  entries: number
  bytes: number
}

/** Stamps are kept in 32 bits. */
const lastStamp = 2 ** 31 - 1

/** No entries. */
export function makeGenerations({ most, mostBytes, firstStamp = 1, restamp }: GenerationsOptions): Generations {
  const guarded = { entries: Math.max(1, Math.floor(most / 2)), bytes: mostBytes / 2 }
  const full = { entries: Math.max(1, Math.floor(most / 8)), bytes: mostBytes / 8 }

  let stamp = firstStamp
  let current: Generation = { since: stamp, entries: 0, bytes: 0 }
  // From the oldest to the current one.
  let live = [current]
  let entries = 0
  let bytes = 0

  /** Makes one of neighbours that together are no larger than one: there are never more than some fifty. */
  const mergeSmall = (): void => {
    const kept: Generation[] = []
    for (const next of live) {
      const last = kept.at(-1)
      if (last === undefined || last.entries + next.entries > full.entries || last.bytes + next.bytes > full.bytes) {
        kept.push(next)
      } else {
        last.entries += next.entries
        last.bytes += next.bytes
      }
    }
    live = kept
  }

  const generationOf = (stamp: number): Generation | undefined => live.findLast(({ since }) => since <= stamp)

  const restart = (): void => {
    restamp((stamp) => live.indexOf(generationOf(stamp) as Generation) + 1)
    for (const [i, generation] of live.entries()) generation.since = i + 1
    stamp = live.length
  }

  const open = (): void => {
    mergeSmall()
    if (stamp === lastStamp) restart()
    stamp += 1
    current = { since: stamp, entries: 0, bytes: 0 }
    live.push(current)
  }

  const dropOld = (): void => {
    for (;;) {
      const oldest = live[0] as Generation
      if (entries - oldest.entries < guarded.entries && bytes - oldest.bytes < guarded.bytes) return
      entries -= oldest.entries
      bytes -= oldest.bytes
      live.shift()
    }
  }

  const take = (stamp: number, fewer: number, bytesFewer: number): void => {
    const generation = generationOf(stamp)
    if (generation === undefined) return
    generation.entries -= fewer
    generation.bytes -= bytesFewer
    entries -= fewer
    bytes -= bytesFewer
  }

  return {
    enter(more) {
      // What is larger than a generation has one of its own.
      if (current.entries >= full.entries || current.bytes + more > full.bytes) open()
      current.entries += 1
      current.bytes += more
      entries += 1
      bytes += more
      dropOld()
      return stamp
    },
    leave: (stamp, bytes) => take(stamp, 1, bytes),
    shrink: (stamp, bytes) => take(stamp, 0, bytes),
    isRecent: (stamp) => stamp >= (live[0] as Generation).since,
  }
}
