/** The options of the connection that are recommended. */
export interface RecommendedSocket {
  readonly connectTimeout: number
  readonly socketTimeout: number
  readonly reconnectStrategy: (attempt: number) => number
}

/** The options of a client that are recommended. */
export interface RecommendedOptions {
  readonly disableOfflineQueue: true
  readonly commandsQueueMaxLength: number
  readonly pingInterval: number
  readonly socket: RecommendedSocket
}

/**
 * What to give `createClient({ url, ...recommendedOptions })`, so that nothing is kept for later while the server is away, and the
 * connection is tried again soon. Spread it to change some of it.
 */
export const recommendedOptions: RecommendedOptions = Object.freeze({
  /** What cannot be sent now fails at once: the limiter decides instead. */
  disableOfflineQueue: true,
  commandsQueueMaxLength: 10_000,
  /** Without pings a connection would be taken for dead while it is idle. */
  pingInterval: 1000,
  /** A new object each time: the client writes the host, port and TLS of its URL into it, and another client must not find them there. */
  get socket(): RecommendedSocket {
    return {
      connectTimeout: 2000,
      /**
       * A connection that says nothing for so long is given up. It counts anew from each write, so it is shorter than the pauses
       * after which a store that was left alone is tried again.
       */
      socketTimeout: 2000,
      reconnectStrategy: (attempt) => Math.min(50 * (attempt + 1), 1000),
    }
  },
})
