import { type Breaker, breaker } from './breaker.ts'
import { type ServerClock, serverClock } from './server-clock.ts'

/** What is known of one Redis server, whoever found it out: all limiters of a store share it. */
export interface Server {
  readonly clock: ServerClock
  /** For errors of the server itself, or of the way to it. */
  readonly breaker: Breaker
}

/** A server of which nothing is known yet. */
export function server(): Server {
  return { clock: serverClock(), breaker: breaker() }
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
