import type { Policy, Signal } from '@sluice/core'
import { expectOptions, expectPositiveInteger, shown } from '@sluice/core/internal'
import type { AccessLog } from './access-log.ts'
import { type LimitSearch, limitSearch } from './limit-search.ts'
import { timesByClient } from './times-by-client.ts'

export interface RefusalCurveOptions {
  readonly log: AccessLog
  /**
   * The policy with this limit: `(limit) => slidingLog({ limit, window: '1m' })`. A client that it never refuses at one limit must not
   * be refused at a larger one: so it is wherever the limit alone differs, or a rate with it. Limits for which it throws a
   * `RangeError` are too large for the algorithm, and are left out.
   */
  readonly policy: (limit: number) => Policy
  /** When it fires, the curve is given up after the chunk at hand, with the signal's reason. */
  readonly signal?: Signal | undefined
  /**
   * Called after each chunk of at most 20,000 decisions, and at the end, with how many of the log's requests are done. The next
   * chunk waits for what it returns: in a browser a promise of a timer lets messages come in between.
   */
  readonly onProgress?: ((requests: number) => void | Promise<void>) | undefined
}

/** How many clients a limit would have refused, whatever the limit. Plain data: it may be sent to another thread. */
export interface RefusalCurve {
  readonly clients: number
  /**
   * By limit, from 1 on. Each holds until the next, the last for all larger limits; where it still refuses clients, no
   * limit that the algorithm can have lets them through.
   */
  readonly points: readonly CurvePoint[]
}

/** What one limit would have done. */
export interface CurvePoint {
  readonly limit: number
  /** How many clients are refused at least once. */
  readonly clientsRefused: number
  /** Of all clients, from 0 to 1. */
  readonly share: number
}

/**
 * Counts for each limit how many clients of a log it refuses at least once, each request weighing 1: the same numbers as a `replay` at
 * every limit. Each client's tightest limit is searched for by itself, so a log of a million lines takes seconds. Throws a
 * `TypeError` that names a wrong option; what `policy` throws at a limit of 1 passes through.
 */
export async function refusalCurve(options: RefusalCurveOptions): Promise<RefusalCurve> {
  expectOptions('refusalCurve', options, ['log', 'policy', 'signal', 'onProgress'])
  const { log, policy, signal, onProgress } = options
  if (typeof policy !== 'function') {
    throw new TypeError(`Expected \`policy\` to be a function of the limit, got ${shown(policy)}`)
  }

  const tightest = new Map<number, number>()
  for (const requests of countTightest(log, limitSearch(policy), tightest)) {
    await onProgress?.(requests)
    if (signal?.aborted) throw signal.reason
  }
  return { clients: log.clients.length, points: pointsOf(tightest, log.clients.length) }
}

/** Counts the clients by their tightest limits. Yields after each chunk how many requests are done. */
function* countTightest(log: AccessLog, search: LimitSearch, tightest: Map<number, number>): Generator<number> {
  const times = timesByClient(log)
  let requests = 0
  for (let client = 0; client < log.clients.length; client += 1) {
    const timesOfOne = times.of(client)
    const steps = search.tightest(timesOfOne)
    let step = steps.next()
    for (; !step.done; step = steps.next()) yield requests
    tightest.set(step.value, (tightest.get(step.value) ?? 0) + 1)
    requests += timesOfOne.length
  }
  yield requests
}

function pointsOf(tightest: ReadonlyMap<number, number>, clients: number): CurvePoint[] {
  const limits = [...tightest.keys()].filter((limit) => limit !== Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  if (limits[0] !== 1) limits.unshift(1)
  let clientsRefused = clients
  return limits.map((limit) => {
    clientsRefused -= tightest.get(limit) ?? 0
    return { limit, clientsRefused, share: clients === 0 ? 0 : clientsRefused / clients }
  })
}

/** What a limit would have done, by the curve. Throws a `TypeError` or `RangeError` for what is no limit. */
export function curveAt({ points }: RefusalCurve, limit: number): CurvePoint {
  expectPositiveInteger('limit', limit)
  const point = points.findLast((one) => one.limit <= limit) as CurvePoint
  return { ...point, limit }
}

/**
 * The tightest limit that refuses at most this share of the clients, from 0 to 1; `undefined` where every limit refuses more. Throws a
 * `TypeError` or `RangeError` for what is no share.
 */
export function tightestLimit({ points }: RefusalCurve, share: number): CurvePoint | undefined {
  if (typeof share !== 'number') {
    throw new TypeError(`Expected the share to be a number from 0 to 1, got ${shown(share)}`)
  }
  if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected the share to be from 0 to 1, got ${share}`)
  return points.find((point) => point.share <= share)
}
