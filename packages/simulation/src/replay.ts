import {
  type Decision,
  type Duration,
  expectOptions,
  expectPositiveInteger,
  type Limiter,
  parseDuration,
} from '@sluice/core'
import type { AccessRecord } from './access-line.ts'
import type { AccessLog } from './access-log.ts'
import { decideAll } from './decide-all.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { type Passage, type WorstWindow, worstWindow } from './worst-window.ts'

export interface ReplayOptions {
  readonly log: AccessLog
  /** Over a store that was given `clock.now` as its clock. Its keys are the clients. */
  readonly limiter: Limiter
  /** At or before the first request of the log; it is left at the last. */
  readonly clock: VirtualClock
  /** The length of the window that `worstWindow` looks for. */
  readonly window: Duration
  /** How many of the most refused clients are named. Default 5. */
  readonly top?: number | undefined
}

/** What became of one client's requests. */
export interface ClientReport {
  readonly client: string
  readonly admitted: number
  readonly refused: number
}

/** What a limiter would have done to the requests of a log. */
export interface ReplayReport {
  readonly asked: number
  readonly admitted: number
  readonly refused: number
  /** Those of the admitted that were told to wait. */
  readonly delayed: number
  /** The longest `delayMs` of an admitted request. */
  readonly longestDelayMs: number
  readonly clients: number
  /** How many clients were refused at least once. */
  readonly clientsRefused: number
  /** The most refused first; of equals, the one that sorts first by its code units. */
  readonly mostRefused: readonly ClientReport[]
  /** The most that one client got through within any `window`; a delayed request counts when its turn comes. */
  readonly worstWindow?: WorstWindow
}

interface Client {
  readonly passages: Passage[]
  refused: number
}

/**
 * Sends the requests of an access log through a limiter on a virtual clock, ordered by time (those of one instant in the
 * order of the lines), each counted for its client. Throws a `RangeError` that names what is wrong.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  expectOptions('replay', options, ['log', 'limiter', 'clock', 'window', 'top'])
  const { log, limiter, clock } = options
  const window = parseDuration('window', options.window)
  const top = expectPositiveInteger('top', options.top ?? 5)

  const clients = new Map<string, Client>()
  let delayed = 0
  let longestDelayMs = 0

  const note = ({ client: name, time }: AccessRecord, { allowed, delayMs }: Decision): void => {
    const client = clients.get(name) ?? { passages: [], refused: 0 }
    clients.set(name, client)
    if (!allowed) {
      client.refused += 1
      return
    }
    client.passages.push({ at: time + delayMs, cost: 1 })
    if (delayMs > 0) delayed += 1
    longestDelayMs = Math.max(longestDelayMs, delayMs)
  }

  for (const instant of byInstant(log.records)) {
    clock.advanceTo((instant[0] as AccessRecord).time)
    const decisions = await decideAll(
      limiter,
      instant.map(({ client }) => ({ key: client })),
    )
    for (const [i, decision] of decisions.entries()) note(instant[i] as AccessRecord, decision)
  }

  const refused = [...clients.values()].reduce((sum, client) => sum + client.refused, 0)
  const worst = worstWindow(new Map([...clients].map(([name, { passages }]) => [name, passages])), window)
  return {
    asked: log.records.length,
    admitted: log.records.length - refused,
    refused,
    delayed,
    longestDelayMs,
    clients: clients.size,
    clientsRefused: [...clients.values()].filter((client) => client.refused > 0).length,
    mostRefused: mostRefused(clients, top),
    ...(worst === undefined ? {} : { worstWindow: worst }),
  }
}

/** The records in time order, those of one instant together and in the order of the lines. */
function* byInstant(records: readonly AccessRecord[]): Generator<readonly AccessRecord[]> {
  let instant: AccessRecord[] = []
  for (const record of records.toSorted((a, b) => a.time - b.time)) {
    if (instant[0] !== undefined && instant[0].time !== record.time) {
      yield instant
      instant = []
    }
    instant.push(record)
  }
  if (instant.length > 0) yield instant
}

function mostRefused(clients: ReadonlyMap<string, Client>, top: number): ClientReport[] {
  return [...clients]
    .filter(([, { refused }]) => refused > 0)
    .map(([client, { passages, refused }]) => ({ client, admitted: passages.length, refused }))
    .sort((a, b) => b.refused - a.refused || (a.client < b.client ? -1 : 1))
    .slice(0, top)
}
