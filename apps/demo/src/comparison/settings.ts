/** Everything that a comparison depends on; the address holds it. */
export interface Settings {
  readonly scenario: TrafficName
  /** How many requests come, retries left aside. */
  readonly requests: number
  /** How many each algorithm admits in a window. */
  readonly limit: number
  /** Ms. */
  readonly window: number
  /** How many the two buckets admit at once. */
  readonly burst: number
  /** Whether all have the same limit, or limits with which all promise the same. */
  readonly by: Equality
  /** Whether each client has a key of its own, or all share one. */
  readonly keys: Sharing
  /** What was drawn; empty unless the traffic is drawn. */
  readonly drawing: readonly number[]
  /** The algorithms, beside those that are open at first, whose lanes are open. */
  readonly opened: readonly string[]
}

/** Where the traffic comes from. */
export type TrafficName = 'boundary' | 'burst' | 'steady' | 'spike' | 'retry' | 'greedy' | 'drawn'

export type Equality = 'limit' | 'promise'

export type Sharing = 'each' | 'all'

/** The windows that can be chosen, in ms. */
export const windows: readonly number[] = [1000, 10_000, 60_000, 900_000, 3_600_000, 86_400_000]

/** How many windows the time axis shows. */
export const windowsShown = 6

/** The most that the numbers of the settings may be. */
export const most = { requests: 2000, limit: 500, burst: 500 } as const
