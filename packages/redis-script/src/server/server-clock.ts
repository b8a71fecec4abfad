/** What this process knows of a server's clock, compared with its own. Both in ms. */
export interface ServerClock {
  /** Whether anything is known yet. */
  readonly known: boolean
  /** A date on this process's clock as the server would date it, or a little earlier; never later. */
  date(own: number): number
  /** The server's clock said `now`, in whole ms, at some moment between `sent` and `received`. */
  observe(sent: number, received: number, now: number): void
}

/**
 * The clock of one server. Every reply bounds how far it is ahead: by at least now - received, and by less than
 * now + 1 - sent. The highest of the lower bounds is kept, so that a date is never too late; a reply whose upper bound lies
 * below it shows that the server's clock was set back, or drifted, and takes its place.
 */
export function serverClock(): ServerClock {
  let ahead = Number.NEGATIVE_INFINITY
  return {
    get known() {
      return ahead > Number.NEGATIVE_INFINITY
    },
    date: (own) => Math.floor(own + ahead),
    observe(sent, received, now) {
      const least = now - received
      if (least > ahead || now + 1 - sent <= ahead) ahead = least
    },
  }
}
