import type { ReportedLimit } from '../fields/reported-limit.ts'

/** Units by the name of a limit or dimension, as the server reports it. */
export type CostByName = Readonly<Record<string, number>>

/** A client's knowledge of the limits of one server, by which it paces itself before it is refused. */
export interface Pace {
  readonly limits: Map<string, KnownLimit>
  /** Requests that were sent and not yet answered. */
  readonly underWay: Set<Reservation>
  /** How many requests were reserved so far. */
  reservations: number
  /** The latest reservation whose answer was learnt: answers to earlier ones are out of date. */
  learnt: number
  /** Until when the server wants no request at all, in ms since the epoch. */
  blockedUntil: number
  /** The latest reservation that was refused. */
  blockedBy: number
  /** While requests wait: when the next one may go. */
  nextAt: number
  /** When the latest request was sent. */
  sentAt: number
}

/** A request that asks for its turn. */
export interface Turn {
  readonly cost: CostByName
  readonly now: number
  /** Ms to add to the resets of limits, which other clients wait for too. */
  readonly jitter: number
  /** How many ms the request can wait. */
  readonly longest: number
}

/** A request, and its turn. */
export interface Reservation {
  readonly order: number
  readonly cost: CostByName
  /** Ms to wait before it is sent. */
  readonly wait: number
}

interface KnownLimit {
  readonly name: string
  readonly unit: string | undefined
  readonly limit: number | undefined
  readonly windowMs: number | undefined
  readonly resetAt: number | undefined
  /** `undefined` after a refusal. */
  remaining: number | undefined
}

/** Below this part of the quota, what is left is spread over the time until the reset. */
const lowShare = 0.2
/** A server chooses the names, so their number is bounded here. */
const mostLimits = 32

/** Nothing known yet. */
export function newPace(): Pace {
  return {
    limits: new Map(),
    underWay: new Set(),
    reservations: 0,
    learnt: 0,
    blockedUntil: 0,
    blockedBy: 0,
    nextAt: 0,
    sentAt: 0,
  }
}

/**
 * Gives a request its turn: when the last of the limits that hold it back is reset, behind the requests that wait already, one
 * after the other at the rate of the quota if that is known.
 */
export function reserve(pace: Pace, { cost, now, jitter, longest }: Turn): Reservation {
  let until = pace.blockedUntil
  let spacing = 0
  let spread = 0
  let isKnown = pace.limits.size > 0
  for (const limit of pace.limits.values()) {
    const units = costOf(limit, cost)
    const left = limit.remaining
    spacing = Math.max(spacing, units * msPerUnit(limit))
    if (left === undefined) {
      isKnown = false
      continue
    }
    const missing = Math.max(units, 1) - left
    if (missing <= 0) spread = Math.max(spread, spreadOf(limit, units, left, now))
    else until = Math.max(until, now + waitFor(limit, missing, { now, jitter }))
  }

  const isFree = isKnown && until <= now && spread === 0
  const turn = isFree ? now : Math.max(now, until, pace.nextAt)
  const wait = Math.ceil(turn - now)
  // Requests that cannot wait for their turn keep nobody behind them waiting.
  if (wait <= longest && (turn > now || spread > 0)) pace.nextAt = turn + (spread > 0 ? spread : spacing)
  pace.reservations += 1
  return { order: pace.reservations, cost, wait }
}

/** Sends a request: it takes its part of every limit. */
export function depart(pace: Pace, reservation: Reservation, now: number): void {
  pace.sentAt = now
  pace.underWay.add(reservation)
  for (const limit of pace.limits.values()) {
    if (limit.remaining === undefined) continue
    limit.remaining = Math.max(0, limit.remaining - costOf(limit, reservation.cost))
  }
}

/** Ends a request. `limits` are those that its response reported: none if there was no response. */
export function settle(pace: Pace, reservation: Reservation, limits: readonly ReportedLimit[], now: number): void {
  pace.underWay.delete(reservation)
  if (limits.length === 0 || reservation.order < pace.learnt) return
  pace.learnt = reservation.order
  const later = [...pace.underWay].filter(({ order }) => order > reservation.order)
  for (const { name, partition = '', unit, limit, windowMs, remaining, resetAfterMs } of limits.slice(0, mostLimits)) {
    // The server had not seen those that were sent later.
    const taken = later.reduce((sum, { cost }) => sum + costOf({ name, unit }, cost), 0)
    const key = `${name} ${partition}`
    if (pace.limits.size >= mostLimits && !pace.limits.has(key)) pace.limits.clear()
    pace.limits.set(key, {
      name,
      unit,
      limit,
      windowMs,
      resetAt: resetAfterMs === undefined ? undefined : now + resetAfterMs,
      remaining: remaining === undefined ? undefined : Math.max(0, remaining - taken),
    })
  }
}

/** After a refusal, sends nothing before `until`, and forgets how much was left. */
export function block(pace: Pace, { order }: Reservation, until: number): void {
  pace.blockedBy = Math.max(pace.blockedBy, order)
  pace.blockedUntil = Math.max(pace.blockedUntil, until)
  for (const limit of pace.limits.values()) limit.remaining = undefined
}

/** After an admission, nothing is blocked any more, unless a later request was refused. */
export function unblock(pace: Pace, { order }: Reservation): void {
  if (order > pace.blockedBy) pace.blockedUntil = 0
}

/** Ms until the missing units are there: until the reset, a little later than others come, or as long as they take to come back. */
function waitFor(limit: KnownLimit, missing: number, { now, jitter }: Pick<Turn, 'now' | 'jitter'>): number {
  if (limit.resetAt === undefined) return missing * msPerUnit(limit)
  const wait = Math.max(0, limit.resetAt - now)
  return wait + Math.min(wait, jitter)
}

function msPerUnit({ limit, windowMs }: KnownLimit): number {
  return limit === undefined || windowMs === undefined ? 0 : windowMs / limit
}

/** Ms from this request to the next, while little is left; else 0. */
function spreadOf({ limit, resetAt }: KnownLimit, units: number, left: number, now: number): number {
  const isLow = limit !== undefined && left < limit * lowShare
  return isLow && resetAt !== undefined ? ((resetAt - now) * units) / left : 0
}

/** The cost of a request under a limit. If it was not given: 1 where requests are counted, 0 for tokens or bytes. */
function costOf({ name, unit }: Pick<KnownLimit, 'name' | 'unit'>, cost: CostByName): number {
  if (Object.hasOwn(cost, name)) return cost[name] as number
  return unit !== undefined || /tokens|bytes/i.test(name) ? 0 : 1
}
