/**
 * What to give `createClient({ url, ...recommendedOptions })`, so that nothing is kept for later while the server is away, and the
 * connection is tried again soon. Spread it to change some of it.
 */
export const recommendedOptions = {
  /** What cannot be sent now fails at once: the limiter decides instead. */
  disableOfflineQueue: true,
  commandsQueueMaxLength: 10_000,
  /** Without pings a connection would be taken for dead while it is idle. */
  pingInterval: 1000,
  socket: {
    connectTimeout: 2000,
    /**
     * A connection that says nothing for so long is given up. It counts anew from each write, so it is shorter than the pauses
     * after which a store that was left alone is tried again.
     */
    socketTimeout: 2000,
    reconnectStrategy: (attempt: number): number => Math.min(50 * (attempt + 1), 1000),
  },
} as const
