import { type Breaker, breaker } from './breaker.ts'
import { type ServerClock, serverClock } from './server-clock.ts'

/** What is known of one Redis server, whoever found it out: all limiters of a store share it. */
export interface Server {
  readonly clock: ServerClock
  /** For errors of the server itself, or of the way to it. */
  readonly breaker: Breaker
  /** The trials of limiters that it has become silent to. */
  readonly trials: Trials
}

/**
 * Spaces the trials of all limiters while a server answers none of them: each is written to the same connection, and clients count
 * their socketTimeout anew from each write, so a dead connection would be kept alive. Times in ms.
 */
export interface Trials {
  admits(now: number): boolean
  sending(now: number): void
  /** The client has settled something: the connection is not silent. */
  settled(): void
}

const silentMs = 1000
// Longer than the socketTimeout that is recommended.
const quietMs = 3000

function trials(): Trials {
  // Of those that nothing was settled since.
  let first: number | undefined
  let last = 0
  return {
    admits: (now) => first === undefined || now - first < silentMs || now - last >= quietMs,
    sending(now) {
      if (first === undefined || now - last >= quietMs) first = now
      last = now
    },
    settled() {
      first = undefined
    },
  }
}

/** A server of which nothing is known yet. */
export function server(): Server {
  return { clock: serverClock(), breaker: breaker(), trials: trials() }
}

/**
 * What one limiter has found out about a server by itself, and no other limiter is told: its deadline, its script and its keys are
 * its own choice.
 */
export interface Link {
  readonly server: Server
  /** For deadlines that were missed, and errors of the limiter. */
  readonly breaker: Breaker
  /** Commands that the client has not settled. */
  unanswered: number
  /** The reading of the server's clock that is under way. */
  sounding: Promise<void> | undefined
}

/** The link of a limiter that has not sent anything to the server yet. */
export function link(server: Server): Link {
  return { server, breaker: breaker(), unanswered: 0, sounding: undefined }
}
