import type { ClientKind } from './connect.ts'

/** The keys that a load is spread over. */
export type Keys = '10 k keys' | 'hot key'

/** What a helper process is asked to do: to connect, once; then to load the server, or to count timers. */
export type RedisTask =
  | { readonly open: string; readonly kind: ClientKind; readonly url: string }
  | { readonly load: Keys; readonly inFlight: number; readonly forMs: number }
  | { readonly timersOf: number }

/** What came of it; 0 where it was not asked for. */
export interface RedisOutcome {
  /** Decisions a second. */
  readonly rate: number
  /** Of this process, for each decision. */
  readonly cpuUs: number
  readonly p50Us: number
  readonly timers: number
}
