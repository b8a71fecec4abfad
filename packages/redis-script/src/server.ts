import { type Breaker, breaker } from './breaker.ts'
import { type ServerClock, serverClock } from './server-clock.ts'

/** What is known of one Redis server. */
export interface Server {
  readonly clock: ServerClock
  readonly breaker: Breaker
  /** Commands that the client has not settled. */
  unanswered: number
  /** The reading of its clock that is under way. */
  sounding: Promise<void> | undefined
}

/** A server of which nothing is known yet. */
export function server(): Server {
  return { clock: serverClock(), breaker: breaker(), unanswered: 0, sounding: undefined }
}
