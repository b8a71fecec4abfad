/**
 * What to give `new Redis(url, recommendedOptions)`, so that a script whose reply was lost is not sent again, a connection that
 * has gone silent is given up, and a master that was demoted is left. Spread it to change some of it.
 */
export const recommendedOptions = {
  /** Nothing is sent again: a lost decision is settled by the limiter, and not counted twice. */
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  /** A command unanswered for so long gives the connection up. */
  socketTimeout: 3000,
  retryStrategy: (attempt: number): number => Math.min(50 * attempt, 1000),
  /** With sentinels: told of a new master, the old one is left, though it may still answer. */
  failoverDetector: true,
  /** A demoted master refuses writes: connect again, to find the new one. */
  reconnectOnError: leaveReplica as (this: object, error: Error) => boolean,
} as const

/** What to give `new Cluster(nodes, recommendedClusterOptions)`, for the same reasons. */
export const recommendedClusterOptions = {
  retryDelayOnFailover: 0,
  slotsRefreshTimeout: 2000,
  clusterRetryStrategy: (attempt: number): number => Math.min(50 * attempt, 1000),
  redisOptions: { maxRetriesPerRequest: 0, connectTimeout: 2000, socketTimeout: 3000 },
} as const

/** When each client, known by its options, was last told to connect again. */
const left = new WeakMap<object, number>()
const onceInMs = 1000

/** Whether an error is a reason to connect again: not for each of many commands that were refused together. */
function leaveReplica(this: object, error: Error): boolean {
  if (!error.message.includes('READONLY')) return false
  const now = performance.now()
  if (now - (left.get(this) ?? Number.NEGATIVE_INFINITY) < onceInMs) return false
  left.set(this, now)
  return true
}
