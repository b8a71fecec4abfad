/**
 * Stops sending where requests fail in a row, and sends one again, as a trial, after pauses that grow. Its states are `closed`
 * (everything is sent), `open` (nothing is) and `half-open` (a trial is under way); docs/operating.md draws them. All times in ms.
 */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open'
  /** Why nothing is sent; absent while it is closed. */
  readonly cause: Error | undefined
  /** When the first of the failures in a row came. */
  readonly since: number
  /** Whether a request may be sent now. */
  admits(now: number): boolean
  /** A request is being sent: unless the breaker is closed it is the trial. Returns its number, to be given to what follows. */
  sending(now: number): number
  /** A reply came in time. */
  replied(): void
  /** A reply came after its deadline: the server is alive, so the next request may try it. */
  repliedLate(): void
  /** A request failed. Those sent before the last failure do not count: many fail together when one connection breaks. */
  failed(now: number, request: number, cause: Error): void
  /** The server refused a request, and would refuse others. Each counts. */
  refused(now: number, request: number, cause: Error): void
  /** A request was not answered by its deadline; so many are still unanswered. Each counts, or a silent server would cost many deadlines. */
  missed(now: number, request: number, cause: Error, unanswered: number): void
  /** A request ended in a way that says nothing here: if it was the trial, the next request is. */
  ended(request: number): void
}

/** So many failures in a row open the breaker. */
export const mostFailures = 5

const firstPauseMs = 100
// With the spread, longer than the socketTimeout that is recommended for node-redis, or a dead connection would be kept alive by trials.
const longestPauseMs = 3000

// Each trial may leave a command with the client for as long as a silent server keeps its connection: then they get rare.
const manyUnanswered = 100
const pauseWhenManyMs = 60_000

/** A closed breaker; `random` from 0 to 1 spreads the pauses of many processes by a quarter up and down. */
export function breaker(random: () => number = Math.random): Breaker {
  let failures = 0
  let since = 0
  let cause: Error | undefined
  // Requests are numbered as they are sent.
  let next = 0
  let firstAfterFailure = 0
  let trial: number | undefined
  let pauseMs = 0
  let retryAt = 0

  const isClosed = (): boolean => failures < mostFailures
  const open = (now: number, longestMs: number): void => {
    trial = undefined
    pauseMs = Math.min(Math.max(2 * pauseMs, firstPauseMs), longestMs)
    retryAt = now + pauseMs * (0.75 + random() / 2)
  }
  const count = (now: number, request: number, why: Error, longestMs: number): void => {
    if (failures === 0) since = now
    const wasClosed = isClosed()
    failures += 1
    cause = why
    firstAfterFailure = next
    if (wasClosed ? !isClosed() : request === trial) open(now, longestMs)
  }

  return {
    get state() {
      if (isClosed()) return 'closed'
      return trial === undefined ? 'open' : 'half-open'
    },
    get cause() {
      return isClosed() ? undefined : cause
    },
    get since() {
      return since
    },
    admits: (now) => isClosed() || now >= retryAt,
    sending(now) {
      const request = next
      next += 1
      if (!isClosed()) {
        trial = request
        // Should nothing ever come of this trial.
        retryAt = now + longestPauseMs
      }
      return request
    },
    replied() {
      failures = 0
      pauseMs = 0
      trial = undefined
    },
    repliedLate() {
      retryAt = 0
    },
    failed(now, request, why) {
      if (request >= firstAfterFailure) count(now, request, why, longestPauseMs)
    },
    refused: (now, request, why) => count(now, request, why, longestPauseMs),
    missed(now, request, why, unanswered) {
      count(now, request, why, unanswered < manyUnanswered ? longestPauseMs : pauseWhenManyMs)
    },
    ended(request) {
      if (request !== trial) return
      trial = undefined
      retryAt = 0
    },
  }
}
