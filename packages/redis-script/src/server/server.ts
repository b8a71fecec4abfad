import { type Breaker, breaker } from './breaker.ts'
import { type ServerClock, serverClock } from './server-clock.ts'
import { type Trials, trials } from './trials.ts'

/** What is known of one Redis server, whichever limiter found it out: all limiters of a store share it. */
export interface Server {
  readonly clock: ServerClock
  /** For errors of the server itself, or of the way to it. */
  readonly breaker: Breaker
  /** The trials of limiters that it has become silent to. */
  readonly trials: Trials
}

/** A server of which nothing is known yet. */
export function server(): Server {
  return { clock: serverClock(), breaker: breaker(), trials: trials() }
}
