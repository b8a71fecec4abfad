/**
 * What to give `createClient({ url, ...recommendedOptions })`, so that nothing is kept for later while the server is away, and the
 * connection is tried again soon. Spread it to change some of it.
 */
export const recommendedOptions = {
  /** What cannot be sent now fails at once: the limiter decides instead. */
  disableOfflineQueue: true,
  commandsQueueMaxLength: 10_000,
  /** A connection that answers no ping within 3 s is given up; without pings it would be taken for dead while it is idle. */
  pingInterval: 1000,
  socket: {
    connectTimeout: 2000,
    socketTimeout: 3000,
    reconnectStrategy: (attempt: number): number => Math.min(50 * (attempt + 1), 1000),
  },
} as const
