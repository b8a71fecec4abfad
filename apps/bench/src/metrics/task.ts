/** Who listens to the limiters of a process. */
export const listeners = [
  'no diagnostics channels',
  'nobody',
  'nobody, once more',
  '@sluice/metrics',
  '@sluice/opentelemetry, producer',
  '@sluice/opentelemetry, instrumentation',
  'nobody, and the SDK records as much',
] as const

export type Listener = (typeof listeners)[number]

/** What a helper process is asked to measure: decisions in memory, one after the other; or over Redis, so many at a time. */
export type MetricsTask =
  | { readonly listener: Listener; readonly forMs: number }
  | { readonly listener: Listener; readonly forMs: number; readonly redisUrl: string; readonly inFlight: number }
