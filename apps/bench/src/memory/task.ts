/** The ways in which a contender's time is taken. */
export const timedCases = [
  'hot key, allow',
  'hot key, deny',
  '10 k keys',
  '10 k keys that expire between visits',
  '1 M keys',
] as const

export type TimedCase = (typeof timedCases)[number]

/** What a helper process is asked to measure. */
export type MemoryTask =
  | { readonly contender: string; readonly time: TimedCase; readonly forMs: number; readonly scale: number }
  | { readonly contender: string; readonly bytesAt: readonly number[] }
  | { readonly cap: number; readonly keys: number }
  | { readonly tiers: number }
