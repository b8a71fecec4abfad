/**
 * Spaces the trials of all limiters while a server answers none of them: each is written to the same connection, and clients count
 * their socketTimeout from each write, so a dead connection would be kept alive. Times in ms.
 */
export interface Trials {
  /** Whether a trial may be sent now. */
  admits(now: number): boolean
  /** A trial is being sent. */
  sending(now: number): void
  /** The client has settled a command: the connection is not silent. */
  settled(): void
}

const silentMs = 1000
// Longer than the socketTimeout that is recommended.
const quietMs = 3000

/** The trials of a server to which none has been sent yet. */
export function trials(): Trials {
  // Of the trials sent since the client last settled a command.
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
