import { type Ask, DeadlineError, StoreDownError, type StoreHealth } from '@sluice/core'
import { monotonicNow } from '@sluice/core/internal'
import { admits, causeOf, failed, forgotten, type Link, replied, sending } from '../server/link.ts'
import { outages } from '../server/outages.ts'
import type { ServerClock } from '../server/server-clock.ts'
import { type Command, noDeadline } from '../wire/wire.ts'
import { type Batch, type BatchOptions, batchOf, endBatch } from './batch.ts'
import type { Caller, Callers, Outcomes } from './caller.ts'
import { exchange, probeClock, type Transport } from './exchange.ts'
import { join, type Part } from './partition.ts'
import type { Send } from './queue.ts'
import { reportFailed } from './report-script.ts'

export interface FlightOptions extends Transport, Omit<BatchOptions, 'outages'> {
  /** Ends a caller. */
  readonly end: Callers['end']
  /** The link to the server that decides the requests of a slot. */
  linkAt(slot: number): Link
  /** The requests that a server refused because they are of several slots, slot by slot; one part when that was not the reason. */
  bySlot(requests: readonly Ask[]): readonly Part[]
  /** The date on the injected clock, if there is one. */
  injectedNow(): number | undefined
  readonly onHealth: ((health: StoreHealth) => void) | undefined
}

interface Flight extends FlightOptions, BatchOptions {}

/** Requests on their way to a server: all of a batch, or those of its callers that must be sent again. */
interface Sending {
  readonly batch: Batch
  readonly callers: readonly Caller[]
  readonly requests: readonly Ask[]
  /** By request, on the server's clock. */
  readonly deadlines: readonly number[]
  /** Whether requests that the server calls late, though their caller still waits, are sent once more. */
  readonly whenLate: 'send again' | 'end'
}

/**
 * Sends batches and gives each caller its outcomes. Every request carries its caller's deadline as a date on the server's clock,
 * so that what is executed too late is void; while that clock is unknown, it is read first.
 */
export function flight(options: FlightOptions): Send {
  const own: Flight = { ...options, outages: outages(options.linkAt, options.onHealth) }
  return (callers, over) => begin(own, callers, over)
}

function begin(flight: Flight, callers: readonly Caller[], onOver: () => void): void {
  const { slot, due } = callers[0] as Caller
  const link = flight.linkAt(slot)
  const now = monotonicNow()
  if (!admits(link, now)) {
    flight.outages.down(link, slot)
    for (const caller of callers) flight.end(caller, { how: 'failed', why: new StoreDownError(causeOf(link) as Error) })
    onOver()
    return
  }

  const batch = batchOf(flight, { callers, sent: sending(link, now), onOver })
  if (link.server.clock.known || due === Number.POSITIVE_INFINITY) send(flight, batch, callers, 'send again')
  else probeThenSend(flight, batch)
}

function probeThenSend(flight: Flight, batch: Batch): void {
  const { callers, sent } = batch
  const { key } = (callers[0] as Caller).requests[0] as Ask
  probeClock(flight, sent.link, key).then(
    () => {
      const waiting = callers.filter(({ ended }) => ended === undefined)
      if (waiting.length > 0) {
        send(flight, batch, waiting, 'send again')
        return
      }
      replied(sent)
      endBatch(flight, batch)
    },
    (why) => lose(flight, batch, callers, why),
  )
}

function send(flight: Flight, batch: Batch, callers: readonly Caller[], whenLate: Sending['whenLate']): void {
  const { link } = batch.sent
  const requests = requestsOf(callers)
  const deadlines = deadlinesOf(callers, link.server.clock)
  let command: Command
  try {
    command = flight.wire.spell(requests, deadlines, flight.injectedNow())
  } catch (why) {
    forgotten(batch.sent)
    endAll(flight, batch, callers, why)
    return
  }
  const own: Sending = { batch, callers, requests, deadlines, whenLate }
  exchange(flight, link, command, requests).then(
    (outcomes) => deliver(flight, own, outcomes),
    (why) => refused(flight, own, why),
  )
}

function deliver(flight: Flight, { batch, callers, whenLate }: Sending, outcomes: Outcomes): void {
  replied(batch.sent)
  flight.outages.up()

  // The server called it late, but its caller still waits: our estimate of the server's clock was off. The reply corrected it.
  const again: Caller[] = []
  let from = 0
  for (const caller of callers) {
    const own = callers.length === 1 ? outcomes : outcomes.slice(from, from + caller.requests.length)
    from += caller.requests.length
    if (whenLate === 'send again' && caller.ended === undefined && isLate(own[0])) again.push(caller)
    else flight.end(caller, { how: 'answered', outcomes: own })
  }
  if (again.length > 0) send(flight, batch, again, 'end')
  else endBatch(flight, batch)
}

/** Where the server refused the form of a script, nothing was executed: one script for each slot decides. */
function refused(flight: Flight, own: Sending, why: unknown): void {
  const { batch, callers, requests, deadlines } = own
  const parts = flight.answerTo(why).again === 'by slot' ? flight.bySlot(requests) : []
  if (parts.length < 2) {
    lose(flight, batch, callers, why)
    return
  }
  join(parts, async (part) => {
    const ofPart = part.indexes.map((index) => deadlines[index] as number)
    // Several batches may be refused together: by one script, those of a slot are decided in their order.
    const command = flight.wire.spellBatch(part.requests, ofPart, flight.injectedNow())
    return exchange(flight, batch.sent.link, command, part.requests)
  }).then((outcomes) => deliver(flight, own, outcomes))
}

function lose(flight: Flight, batch: Batch, callers: readonly Caller[], why: unknown): void {
  const { sent, slot } = batch
  failed(sent, why, flight.answerTo(why))
  reportFailed(flight.limiter, why)
  flight.outages.down(sent.link, slot)
  flight.outages.up()
  endAll(flight, batch, callers, why)
}

function endAll(flight: Flight, batch: Batch, callers: readonly Caller[], why: unknown): void {
  for (const caller of callers) flight.end(caller, { how: 'failed', why })
  endBatch(flight, batch)
}

// Nearly all are answers, which are told from errors faster than errors from each other.
function isLate(outcome: Outcomes[number] | undefined): boolean {
  return outcome instanceof Error && outcome instanceof DeadlineError
}

function requestsOf(callers: readonly Caller[]): readonly Ask[] {
  const [first] = callers
  if (first !== undefined && callers.length === 1) return first.requests
  const requests: Ask[] = []
  for (const caller of callers) for (const request of caller.requests) requests.push(request)
  return requests
}

/** The deadline of each request, on the server's clock. */
function deadlinesOf(callers: readonly Caller[], clock: ServerClock): number[] {
  const deadlines: number[] = []
  for (const { requests, due } of callers) {
    const deadline = due === Number.POSITIVE_INFINITY ? noDeadline : clock.date(due)
    for (let i = 0; i < requests.length; i += 1) deadlines.push(deadline)
  }
  return deadlines
}
