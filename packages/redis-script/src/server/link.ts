import { monotonicNow } from '@sluice/core/internal'
import { type Breaker, breaker } from './breaker.ts'
import type { ErrorAnswer } from './error-answer.ts'
import type { Server } from './server.ts'

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
  /** The clock probe that is under way. */
  probe: Promise<void> | undefined
}

/** A script on its way, as the two breakers know it. */
export interface Sent {
  readonly link: Link
  /** Its number at the breaker of the limiter. */
  readonly atLink: number
  /** Its number at the breaker of the server. */
  readonly atServer: number
  /** Whether it was answered, if only with an error, or missed by all callers that waited for it. */
  state: 'in flight' | 'answered' | 'missed'
}

function link(server: Server): Link {
  return { server, breaker: breaker(), unanswered: 0, probe: undefined }
}

/** The links of one limiter. */
export interface Links {
  /** That to the server that holds a slot now. */
  at(slot: number): Link
  /** Those to all servers that the limiter has come across. */
  known(): Iterable<Link>
}

/** No links yet; `serverAt` says which server holds a slot now. */
export function links(serverAt: (slot: number) => Server): Links {
  const byServer = new Map<Server, Link>()
  return {
    at(slot) {
      const server = serverAt(slot)
      const found = byServer.get(server) ?? link(server)
      byServer.set(server, found)
      return found
    },
    known: () => byServer.values(),
  }
}

/** What both breakers do together. A pause that is over is half-open: the next request will be the trial. */
export function stateOf({ server, breaker }: Link, now: number): Breaker['state'] {
  const both = [breaker, server.breaker]
  if (both.some((one) => one.state === 'open' && !one.admits(now))) return 'open'
  return both.every(({ state }) => state === 'closed') ? 'closed' : 'half-open'
}

/** Why nothing is sent: an error of the server says more than what one limiter sees of it. `undefined` while both are closed. */
export function causeOf({ server, breaker }: Link): Error | undefined {
  return server.breaker.cause ?? breaker.cause
}

/** Whether both breakers let a script be sent now, for what one limiter has met and what all know of the server. */
export function admits({ server, breaker }: Link, now: number): boolean {
  const admitsTrial = breaker.state === 'closed' || server.trials.admits(now)
  return breaker.admits(now) && server.breaker.admits(now) && admitsTrial
}

/** A script is being sent. */
export function sending(link: Link, now: number): Sent {
  const { server, breaker } = link
  if (breaker.state !== 'closed') server.trials.sending(now)
  return { link, atLink: breaker.sending(now), atServer: server.breaker.sending(now), state: 'in flight' }
}

/** The server has replied: it is well, for all limiters. Whether that was in time is for each limiter by itself. */
export function replied(sent: Sent): void {
  const { link, state } = sent
  sent.state = 'answered'
  link.server.breaker.replied()
  if (state === 'missed') link.breaker.repliedLate()
  else link.breaker.replied()
}

/** A script was rejected: that counts at one breaker, and says nothing at the other. An error of a slot counts nowhere. */
export function failed(sent: Sent, why: unknown, { of, counts }: ErrorAnswer): void {
  if (of === 'slot') {
    replied(sent)
    return
  }
  const { link, atLink, atServer } = sent
  const cause = why instanceof Error ? why : new Error('The client failed without an error')
  sent.state = 'answered'
  if (of === 'server') {
    link.breaker.ended(atLink)
    link.server.breaker[counts === 'each' ? 'refused' : 'failed'](monotonicNow(), atServer, cause)
  } else {
    link.server.breaker.ended(atServer)
    link.breaker.failed(monotonicNow(), atLink, cause)
  }
}

/** A script was not answered by the deadline of its limiter: no other limiter is told. */
export function missed(sent: Sent, why: Error): void {
  const { link, atLink, atServer } = sent
  sent.state = 'missed'
  link.server.breaker.ended(atServer)
  link.breaker.missed(monotonicNow(), atLink, why, link.unanswered)
}

/** What became of a script will never be known. */
export function forgotten({ link, atLink, atServer }: Sent): void {
  link.breaker.ended(atLink)
  link.server.breaker.ended(atServer)
}
