import type { Ask } from '@sluice/core'
import { monotonicNow } from '@sluice/core/internal'
import type { ErrorAnswers } from '../server/error-answer.ts'
import type { Link } from '../server/link.ts'
import type { Command, Wire } from '../wire/wire.ts'
import type { Outcomes } from './caller.ts'
import { reportSent } from './report-script.ts'

/** How the commands of one limiter get to a server, and replies come back. */
export interface Transport {
  /** The name of the limiter. */
  readonly limiter: string
  readonly wire: Wire
  /** Runs one command on the server. */
  run(command: Command): Promise<unknown>
  readonly answerTo: ErrorAnswers
}

/** Runs a command, and learns from the reply what the server's clock says. */
export async function exchange(
  { limiter, wire, run }: Transport,
  link: Link,
  command: Command,
  requests: readonly Ask[],
): Promise<Outcomes> {
  const { clock, trials } = link.server
  // A probe of the clock carries none.
  if (requests.length > 0) reportSent(limiter, requests.length)
  const sent = monotonicNow()
  link.unanswered += 1
  try {
    const { now, outcomes } = wire.read(await run(command), requests)
    clock.observe(sent, monotonicNow(), now)
    return outcomes
  } finally {
    trials.settled()
    link.unanswered -= 1
  }
}

/** Reads the clock of the server that holds a key; all that need it meanwhile wait for the same reply. */
export function probeClock(transport: Transport, link: Link, key: Ask['key']): Promise<void> {
  const { wire, answerTo } = transport
  if (link.probe !== undefined) {
    return link.probe.catch((why) => {
      // The slot of another key may be elsewhere, or on the move: that is no answer for this one.
      return answerTo(why).of === 'slot' ? probeClock(transport, link, key) : Promise.reject(why)
    })
  }
  const probe = exchange(transport, link, wire.sounding(key), [])
    .then(() => {})
    .finally(() => {
      if (link.probe === probe) link.probe = undefined
    })
  link.probe = probe
  return probe
}
