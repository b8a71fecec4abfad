import type { AccessLog } from '@sluice/simulation'
import type { Replayed } from './replay-limiter.ts'

/** One client that was refused. */
export interface RefusedClient {
  readonly client: string
  readonly asked: number
  readonly refused: number
  /** Dates of its first and its last refusal, in ms since the epoch. */
  readonly first: number
  readonly last: number
  /** How many of its refusals each policy bound. */
  readonly policies: Readonly<Record<string, number>>
}

/** Requests of a log over time, in stretches of equal length. */
export interface Timeline {
  /** Ms since the epoch. */
  readonly start: number
  readonly stretchMs: number
  readonly asked: readonly number[]
  readonly refused: readonly number[]
}

/** How many requests were refused, by the policy that bound. */
export function refusedByPolicy({ policies, outcomes }: Replayed): Readonly<Record<string, number>> {
  const counts = new Array<number>(policies.length).fill(0)
  for (const outcome of outcomes) if (outcome > 0) counts[outcome - 1] = (counts[outcome - 1] as number) + 1
  return Object.fromEntries(policies.map((policy, i) => [policy, counts[i] as number]))
}

/** How many requests of each client were refused, by its index. */
export function refusedByClient({ clients, clientOf }: AccessLog, outcomes: Uint8Array): Uint32Array {
  const counts = new Uint32Array(clients.length)
  for (const [request, client] of clientOf.entries()) {
    if (outcomes[request] !== 0) counts[client] = (counts[client] as number) + 1
  }
  return counts
}

/** The clients that were refused most, and when, and by which policies. */
export function mostRefused(log: AccessLog, replayed: Replayed, top: number): readonly RefusedClient[] {
  const counts = refusedByClient(log, replayed.outcomes)
  const name = (client: number): string => log.clients[client] as string
  const indexes = topOf(counts, top, name)
  return indexes.map((client) => ({ client: name(client), ...historyOf(log, replayed, client) }))
}

/** The indexes of the largest counts above 0; of equals those that sort first by name. */
export function topOf(counts: Uint32Array, top: number, name: (index: number) => string): readonly number[] {
  const indexes: number[] = []
  for (const [index, count] of counts.entries()) if (count > 0) indexes.push(index)
  const order = (a: number, b: number): number =>
    (counts[b] as number) - (counts[a] as number) || (name(a) < name(b) ? -1 : 1)
  return indexes.sort(order).slice(0, top)
}

function historyOf(
  { clientOf, times }: AccessLog,
  { policies, outcomes }: Replayed,
  client: number,
): Omit<RefusedClient, 'client'> {
  let [asked, refused, first, last] = [0, 0, Number.POSITIVE_INFINITY, 0]
  const byPolicy: Record<string, number> = {}
  for (const [request, one] of clientOf.entries()) {
    if (one !== client) continue
    asked += 1
    const policy = policies[(outcomes[request] as number) - 1]
    if (policy === undefined) continue
    refused += 1
    first = Math.min(first, times[request] as number)
    last = Math.max(last, times[request] as number)
    byPolicy[policy] = (byPolicy[policy] ?? 0) + 1
  }
  return { asked, refused, first, last, policies: byPolicy }
}

/** The dates of the first and the last request. */
export function spanOf({ times }: AccessLog): { readonly from: number; readonly to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, 0]
  for (const time of times) {
    from = Math.min(from, time)
    to = Math.max(to, time)
  }
  return { from, to }
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

/** Lengths that people think in, in ms. */
const stretchLengths = [
  ...[1, 10, 100, second, 2 * second, 5 * second, 10 * second, 30 * second],
  ...[minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute],
  ...[hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 30 * day, 365 * day],
]

function stretchFor(ms: number, most: number): number {
  return stretchLengths.find((length) => ms / length <= most) ?? Math.ceil(ms / most)
}

/** What was asked and refused over time, in so many stretches at most. */
export function timelineOf(log: AccessLog, outcomes: Uint8Array, most: number): Timeline {
  const { from, to } = spanOf(log)
  const stretchMs = stretchFor(to - from + 1, most)
  const length = Math.ceil((to - from + 1) / stretchMs)
  const asked = new Array<number>(length).fill(0)
  const refused = new Array<number>(length).fill(0)
  for (const [request, time] of log.times.entries()) {
    const stretch = Math.floor((time - from) / stretchMs)
    asked[stretch] = (asked[stretch] as number) + 1
    if (outcomes[request] !== 0) refused[stretch] = (refused[stretch] as number) + 1
  }
  return { start: from, stretchMs, asked, refused }
}
