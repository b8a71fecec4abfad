import type { ClientKind } from '../redis/connect.ts'

/** How decisions are sent: those under way together, or each by itself. */
export const sendings = ['merged', 'one by one'] as const

export type Sending = (typeof sendings)[number]

/** What a helper process is asked to do: to connect, once; then to decide on distinct keys, so many times a second. */
export type DistanceTask =
  | { readonly open: Sending; readonly kind: ClientKind; readonly url: string }
  | { readonly perSecond: number; readonly forMs: number; readonly seed: number }

/** How long decisions took, in ms; 0 where nothing was decided. */
export interface DistanceOutcome {
  readonly medianMs: number
  readonly p90Ms: number
}
