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

/** What a breaker remembers. */
interface Memory {
  failures: number
  since: number
  cause: Error | undefined
  /** Requests are numbered as they are sent. */
  next: number
  firstAfterFailure: number
  trial: number | undefined
  pauseMs: number
  retryAt: number
}

/** A closed breaker; `random` from 0 to 1 spreads the pauses of many processes by a quarter up and down. */
export function breaker(random: () => number = Math.random): Breaker {
  const own = wellSoFar()
  const fails = (now: number, request: number, why: Error, longestMs: number): void => {
    if (countFailure(own, now, request, why)) open(own, now, longestMs, random())
  }
  return {
    get state() {
      if (isClosed(own)) return 'closed'
      return own.trial === undefined ? 'open' : 'half-open'
    },
    get cause() {
      return isClosed(own) ? undefined : own.cause
    },
    get since() {
      return own.since
    },
    admits: (now) => isClosed(own) || now >= own.retryAt,
    sending: (now) => numberOfNext(own, now),
    replied() {
      own.failures = 0
      own.pauseMs = 0
      own.trial = undefined
    },
    repliedLate() {
      own.retryAt = 0
    },
    failed(now, request, why) {
      if (request >= own.firstAfterFailure) fails(now, request, why, longestPauseMs)
    },
    refused: (now, request, why) => fails(now, request, why, longestPauseMs),
    missed(now, request, why, unanswered) {
      fails(now, request, why, unanswered < manyUnanswered ? longestPauseMs : pauseWhenManyMs)
    },
    ended: (request) => endTrial(own, request),
  }
}

function wellSoFar(): Memory {
  return {
    failures: 0,
    since: 0,
    cause: undefined,
    next: 0,
    firstAfterFailure: 0,
    trial: undefined,
    pauseMs: 0,
    retryAt: 0,
  }
}

function isClosed({ failures }: Memory): boolean {
  return failures < mostFailures
}

function numberOfNext(memory: Memory, now: number): number {
  const request = memory.next
  memory.next += 1
  if (!isClosed(memory)) {
    memory.trial = request
    // Should nothing ever come of this trial.
    memory.retryAt = now + longestPauseMs
  }
  return request
}

/** Counts a failure, and says whether the breaker opens: with the last of five in a row, or when the trial failed. */
function countFailure(memory: Memory, now: number, request: number, why: Error): boolean {
  if (memory.failures === 0) memory.since = now
  const wasClosed = isClosed(memory)
  memory.failures += 1
  memory.cause = why
  memory.firstAfterFailure = memory.next
  return wasClosed ? !isClosed(memory) : request === memory.trial
}

function open(memory: Memory, now: number, longestMs: number, random: number): void {
  memory.trial = undefined
  memory.pauseMs = Math.min(Math.max(2 * memory.pauseMs, firstPauseMs), longestMs)
  memory.retryAt = now + memory.pauseMs * (0.75 + random / 2)
}

function endTrial(memory: Memory, request: number): void {
  if (request !== memory.trial) return
  memory.trial = undefined
  memory.retryAt = 0
}
