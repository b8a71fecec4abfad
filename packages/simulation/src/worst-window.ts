/** One request that went ahead: its date in ms since the epoch, or when its turn came if it was delayed. */
export interface Passage {
  readonly at: number
  readonly cost: number
}

/** The window in which one key got the most through. */
export interface WorstWindow {
  readonly key: string
  /** Ms since the epoch; the window ends just before `start` plus its length. */
  readonly start: number
  /** The cost that went ahead in it: with a cost of 1, the requests. */
  readonly units: number
}

/**
 * The most that one key got through within any `window` ms, wherever it starts. Of equals the earliest, then the key that
 * sorts first; nothing when nothing went ahead. A delayed request counts when its turn comes.
 */
export function worstWindow(
  passages: ReadonlyMap<string, readonly Passage[]>,
  window: number,
): WorstWindow | undefined {
  let worst: WorstWindow | undefined
  for (const [key, ofKey] of passages) {
    const candidate = worstOf(key, ofKey, window)
    if (candidate !== undefined && (worst === undefined || isWorse(candidate, worst))) worst = candidate
  }
  return worst
}

/** Of equals the earlier, then the key that sorts first. */
export function isWorse(one: WorstWindow, other: WorstWindow): boolean {
  if (one.units !== other.units) return one.units > other.units
  if (one.start !== other.start) return one.start < other.start
  return one.key < other.key
}

/** Of one key; the passages in any order. */
function worstOf(key: string, passages: readonly Passage[], window: number): WorstWindow | undefined {
  const sorted = passages.toSorted((a, b) => a.at - b.at)
  return worstWindowOf(
    key,
    sorted.map(({ at }) => at),
    window,
    sorted.map(({ cost }) => cost),
  )
}

/**
 * The worst window of one key: `dates` in order, and the cost of each, by default 1. It starts with a passage: each is tried,
 * and `units` follows as the window slides.
 */
export function worstWindowOf(
  key: string,
  dates: ArrayLike<number>,
  window: number,
  costs?: readonly number[],
): WorstWindow | undefined {
  const costOf = (i: number): number => costs?.[i] ?? 1
  let worst: { key: string; start: number; units: number } | undefined
  let units = 0
  let end = 0
  for (let i = 0; i < dates.length; i += 1) {
    const start = dates[i] as number
    for (; end < dates.length && (dates[end] as number) < start + window; end += 1) units += costOf(end)
    if (worst === undefined || units > worst.units) worst = { key, start, units }
    units -= costOf(i)
  }
  return worst
}
