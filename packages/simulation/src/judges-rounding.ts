import { type Duration, parseDuration } from '@sluice/core'
import { expectOptions } from '@sluice/core/internal'
import type { AccessLog } from './access-log.ts'

/** Below so many ms a window says more about whole seconds than about the traffic. */
const shortestWindow = 10_000

/**
 * Whether a window of this length judges how the log was rounded: every request has a whole second for its date, and the window
 * is shorter than 10 s. Within it a request may have come up to a second later than its date says, so a client that kept to the
 * limit may be refused, and another admitted.
 */
export function judgesRounding(options: {
  readonly log: Pick<AccessLog, 'times'>
  readonly window: Duration
}): boolean {
  expectOptions('judgesRounding', options, ['log', 'window'])
  const { times } = options.log
  return parseDuration('window', options.window) < shortestWindow && times.length > 0 && times.every(isWholeSecond)
}

function isWholeSecond(time: number): boolean {
  return time % 1000 === 0
}
