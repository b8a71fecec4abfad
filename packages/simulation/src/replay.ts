import { type Decision, type Duration, type Limiter, parseDuration } from '@sluice/core'
import { expectOptions, expectPositiveInteger } from '@sluice/core/internal'
import type { AccessLog } from './access-log.ts'
import { batchSize } from './decide-all.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { isWorse, type WorstWindow, worstWindowOf } from './worst-window.ts'

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
  /** Told after each batch how many of the log's requests have been decided. */
  readonly onProgress?: ((requests: number) => void) | undefined
  /** Called for each decision, in time order. What it throws ends the replay. */
  readonly onDecision?: ((decided: DecidedRequest) => void) | undefined
}

/** One request of a log, and what the limiter said. */
export interface DecidedRequest {
  /** Its index in the log. */
  readonly request: number
  readonly client: string
  /** Ms since the epoch. */
  readonly time: number
  readonly decision: Decision
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

/** How many clients are forgotten together. */
const forgottenAtOnce = 1000

/**
 * Sends the requests of an access log through a limiter on a virtual clock, ordered by time (those of one instant in the
 * order of the lines), each counted for its client. The limiter forgets a client some time after its last request. Throws a
 * `RangeError` that names what is wrong; what the store throws passes through.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  expectOptions('replay', options, ['log', 'limiter', 'clock', 'window', 'top', 'onProgress', 'onDecision'])
  const { log, limiter, clock, onProgress, onDecision } = options
  const window = parseDuration('window', options.window)
  const top = expectPositiveInteger('top', options.top ?? 5)

  const order = byTime(log.times)
  // One number for each request, in time order: when it went ahead, or NaN where it was refused.
  const departures = new Float64Array(order.length)
  const leaving = leavingClients(log, order)
  let delayed = 0
  let longestDelayMs = 0
  for (const { time, from, to } of batches(log.times, order)) {
    clock.advanceTo(time)
    const requests = Array.from(order.subarray(from, to), (request) => ({ key: clientAt(log, request) }))
    for (const [i, decision] of (await limiter.consumeMany(requests)).entries()) {
      const request = order[from + i] as number
      onDecision?.({ request, client: clientAt(log, request), time, decision })
      const { allowed, delayMs } = decision
      departures[from + i] = allowed ? time + delayMs : Number.NaN
      if (!allowed) continue
      if (delayMs > 0) delayed += 1
      longestDelayMs = Math.max(longestDelayMs, delayMs)
    }
    await forget(limiter, leaving.until(to, forgottenAtOnce))
    onProgress?.(to)
  }
  await forget(limiter, leaving.until(order.length, 1))

  const outcomes = outcomesByClient(log, order, departures)
  const refused = outcomes.refused.reduce((sum, one) => sum + one, 0)
  const worst = worstOfAll(log.clients, outcomes.datesOf, window)
  return {
    asked: order.length,
    admitted: order.length - refused,
    refused,
    delayed,
    longestDelayMs,
    clients: log.clients.length,
    clientsRefused: outcomes.refused.filter((one) => one > 0).length,
    mostRefused: mostRefused(log.clients, outcomes, top),
    ...(worst === undefined ? {} : { worstWindow: worst }),
  }
}

function clientAt({ clients, clientOf }: AccessLog, request: number): string {
  return clients[clientOf[request] as number] as string
}

/** The indexes of the requests in time order, those of one instant in the order of the lines. */
function byTime(times: readonly number[]): Uint32Array {
  const order = Uint32Array.from(times, (_, i) => i)
  return order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
}

/** Neighbours in the order that came at one instant, as many as one round trip carries. */
function* batches(
  times: readonly number[],
  order: Uint32Array,
): Generator<{ readonly time: number; readonly from: number; readonly to: number }> {
  for (let from = 0, to = 0; from < order.length; from = to) {
    const time = times[order[from] as number] as number
    while (to < order.length && to < from + batchSize && times[order[to] as number] === time) to += 1
    yield { time, from, to }
  }
}

/** Finds the clients that do not come again, so that a store need not hold all clients of a long log at once. */
function leavingClients(
  log: AccessLog,
  order: Uint32Array,
): {
  /** Those whose last request is before `to` and that were not returned yet; none unless there are at least so many. */
  until(to: number, atLeast: number): readonly string[]
} {
  const last = new Uint32Array(log.clients.length)
  for (const [i, request] of order.entries()) last[log.clientOf[request] as number] = i
  let seen = 0
  let left: string[] = []
  return {
    until(to, atLeast) {
      for (; seen < to; seen += 1) {
        const request = order[seen] as number
        if (last[log.clientOf[request] as number] === seen) left.push(clientAt(log, request))
      }
      if (left.length < atLeast) return []
      const leaving = left
      left = []
      return leaving
    },
  }
}

async function forget(limiter: Limiter, clients: readonly string[]): Promise<void> {
  await Promise.all(clients.map((client) => limiter.reset(client)))
}

/** What became of each client's requests, by the client's index. */
interface Outcomes {
  readonly admitted: Uint32Array
  readonly refused: Uint32Array
  /** When its admitted requests went ahead, in order. */
  datesOf(client: number): Float64Array
}

function outcomesByClient(log: AccessLog, order: Uint32Array, departures: Float64Array): Outcomes {
  const refused = new Uint32Array(log.clients.length)
  const admitted = new Uint32Array(log.clients.length)
  for (const [i, request] of order.entries()) {
    const counts = Number.isNaN(departures[i]) ? refused : admitted
    const client = log.clientOf[request] as number
    counts[client] = (counts[client] as number) + 1
  }
  return { admitted, refused, datesOf: datesByClient(log, order, departures, admitted) }
}

/** All dates lie in one array, each client's side by side: an array for each of many clients would take far more memory. */
function datesByClient(
  { clientOf }: AccessLog,
  order: Uint32Array,
  departures: Float64Array,
  admitted: Uint32Array,
): Outcomes['datesOf'] {
  const ends = new Uint32Array(admitted.length)
  let start = 0
  for (const [client, count] of admitted.entries()) {
    ends[client] = start
    start += count
  }
  const dates = new Float64Array(start)
  for (const [i, request] of order.entries()) {
    if (Number.isNaN(departures[i])) continue
    const client = clientOf[request] as number
    const end = ends[client] as number
    dates[end] = departures[i] as number
    ends[client] = end + 1
  }
  return (client) => {
    const end = ends[client] as number
    return dates.subarray(end - (admitted[client] as number), end).sort()
  }
}

function worstOfAll(clients: readonly string[], datesOf: Outcomes['datesOf'], window: number): WorstWindow | undefined {
  let worst: WorstWindow | undefined
  for (const [client, key] of clients.entries()) {
    const candidate = worstWindowOf(key, datesOf(client), window)
    if (candidate !== undefined && (worst === undefined || isWorse(candidate, worst))) worst = candidate
  }
  return worst
}

function mostRefused(clients: readonly string[], { admitted, refused }: Outcomes, top: number): ClientReport[] {
  const reports: ClientReport[] = []
  for (const [i, client] of clients.entries()) {
    const [yes = 0, no = 0] = [admitted[i], refused[i]]
    if (no > 0) reports.push({ client, admitted: yes, refused: no })
  }
  return reports.sort((a, b) => b.refused - a.refused || (a.client < b.client ? -1 : 1)).slice(0, top)
}
