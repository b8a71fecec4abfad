import { shown } from '@sluice/core/internal'
import { readLimits } from '../fields/read-limits.ts'
import { expectSettings, type Fetch, type FetchSettings, type LimitedFetchOptions } from './fetch-settings.ts'
import {
  block,
  type CostByName,
  depart,
  newPace,
  type Pace,
  type Reservation,
  reserve,
  settle,
  unblock,
} from './pace.ts'
import { isRefusal, jitter, waitAfterRefusal } from './refusals.ts'
import { canBeSentAgain, copyOf, isRequest } from './repeatable.ts'

/** The turn of a request would come later than the call may wait. Nothing was sent. */
export class WaitTooLongError extends Error {
  override readonly name = 'WaitTooLongError'
  readonly code = 'WAIT_TOO_LONG'
  /** Ms until its turn; `Infinity` if the `limiter` never admits it. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    const when = retryAfterMs === Number.POSITIVE_INFINITY ? 'never' : `in ${retryAfterMs} ms`
    super(`Expected the turn of the request to come within \`maxWait\`, it would come ${when}; nothing was sent`)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * A `fetch` that reads what servers say of their limits: it spreads its requests before it is refused, and after a refusal
 * waits and tries again. A signal ends each wait. The response of the last try is returned, whatever its status. Rejects with a
 * `WaitTooLongError` if the first try could not be sent within `maxWait`.
 */
export function limitedFetch(fetch: Fetch, options: LimitedFetchOptions = {}): Fetch {
  if (typeof fetch !== 'function') throw new TypeError(`Expected limitedFetch to be given fetch, got ${shown(fetch)}`)
  const settings = expectSettings(options)
  const scopes = new Map<string, Scope>()

  return async (input, init) => {
    const key = settings.scope(input, init)
    const call: Call = {
      key,
      scope: scopeOf(scopes, key, settings.retryBudget),
      cost: settings.cost?.(input, init),
      signal: init?.signal ?? (isRequest(input) ? input.signal : undefined),
      mayRepeat: canBeSentAgain(init) && settings.mayRepeat(input, init),
      waited: 0,
    }
    await takeTurn(settings, call)
    return sendUntilAdmitted(settings, call, () => fetch(call.mayRepeat ? copyOf(input) : input, init))
  }
}

/** The state of requests that share limits. */
interface Scope {
  readonly pace: Pace
  /** In tenths of a retry. */
  budget: number
}

interface Call {
  readonly key: string
  readonly scope: Scope
  readonly cost: CostByName | undefined
  readonly signal: AbortSignal | undefined
  readonly mayRepeat: boolean
  /** Ms that it has waited so far. */
  waited: number
}

const tenths = 10
/** A client of more servers than that forgets what it knows of the one that it has used least recently. */
const mostScopes = 1000

async function sendUntilAdmitted(
  settings: FetchSettings,
  call: Call,
  send: () => Promise<Response>,
): Promise<Response> {
  const { pace } = call.scope
  let refused: Response | undefined
  for (let attempt = 0; ; attempt += 1) {
    const start = settings.clock()
    const longest = settings.maxWait - call.waited
    const added = jitter(attempt, settings.random)
    const reservation = reserve(pace, { cost: call.cost ?? {}, now: start, jitter: added, longest })
    const isTooLong = reservation.wait > longest
    if (isTooLong && refused !== undefined) return refused
    // The server may have changed its mind: now and then, one request finds out.
    if (isTooLong && start - pace.sentAt < settings.maxWait) throw new WaitTooLongError(reservation.wait)

    // An unread body would hold its connection. Errors of a body that nobody reads do not matter.
    await refused?.body?.cancel().catch(() => {})
    if (!isTooLong && reservation.wait > 0) await pause(settings, call, reservation.wait)
    const response = await sendNow(settings, call, reservation, send)
    const now = settings.clock()
    const reported = readLimits(response.headers, now)
    settle(pace, reservation, reported.limits, now)
    if (!isRefusal(response, reported)) {
      unblock(pace, reservation)
      if (response.status < 500) earn(call.scope, settings)
      return response
    }
    block(pace, reservation, now + waitAfterRefusal(reported, attempt) + jitter(attempt, settings.random))
    if (!call.mayRepeat || !spend(call.scope)) return response
    refused = response
  }
}

async function sendNow(
  settings: FetchSettings,
  { scope: { pace } }: Call,
  reservation: Reservation,
  send: () => Promise<Response>,
): Promise<Response> {
  depart(pace, reservation, settings.clock())
  try {
    return await send()
  } catch (error) {
    settle(pace, reservation, [], settings.clock())
    throw error
  }
}

async function takeTurn(settings: FetchSettings, call: Call): Promise<void> {
  const { limiter } = settings
  if (limiter === undefined) return
  const { key, cost, signal } = call
  for (;;) {
    const decision = await limiter.consume(key, { cost, signal })
    const { allowed, delayMs, retryAfterMs } = decision
    const wait = allowed ? delayMs : retryAfterMs
    try {
      if (wait > 0 && call.waited + wait > settings.maxWait) throw new WaitTooLongError(wait)
      if (wait > 0) await pause(settings, call, wait)
    } catch (error) {
      // Nobody takes this turn. A limiter that cannot give it back keeps it.
      if (allowed) await limiter.refund?.(key, { cost, of: decision }).catch(() => {})
      throw error
    }
    if (allowed) return
  }
}

async function pause(settings: FetchSettings, call: Call, ms: number): Promise<void> {
  call.waited += ms
  await settings.sleep(ms, call.signal)
}

function spend(scope: Scope): boolean {
  if (scope.budget < tenths) return false
  scope.budget -= tenths
  return true
}

function earn(scope: Scope, { retryBudget }: FetchSettings): void {
  scope.budget = Math.min(retryBudget * tenths, scope.budget + 1)
}

function scopeOf(scopes: Map<string, Scope>, key: string, retryBudget: number): Scope {
  const scope = scopes.get(key) ?? { pace: newPace(), budget: retryBudget * tenths }
  // The order of a map is that of its insertions: the first is the one that was used least recently.
  scopes.delete(key)
  scopes.set(key, scope)
  if (scopes.size > mostScopes) scopes.delete(scopes.keys().next().value as string)
  return scope
}
