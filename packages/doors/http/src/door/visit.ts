import type { Decision, Key, Signal } from '@sluice/core'
import { warnOnce } from '@sluice/core/internal'
import { type Fields, limitFields } from '../emit/limit-fields.ts'
import { type Refusal, refusal } from '../emit/refusal.ts'
import { type Admitted, type Outcome, settle } from './after-response.ts'
import { type DoorLimiter, type DoorSettings, expectLimiter } from './door-options.ts'
import { doorWatch, limiterWatch } from './door-watch.ts'

/** A request that was counted, and what its response is to say. */
export interface Visit {
  readonly decision: Decision
  readonly limiter: DoorLimiter
  /** The fields for the response of an admitted request. */
  readonly fields: Fields
  /** The answer to a refused request; `undefined` where it may go ahead. */
  readonly refusal: Refusal | undefined
  /** To be called once the response was sent, or never will be. Absent where nothing follows. */
  readonly end?: (outcome: Outcome) => Promise<void>
}

/** Decides on requests; `undefined`: the request passes uncounted. */
export type Visits<Args extends readonly unknown[]> = (args: Args, signal?: Signal) => Promise<Visit | undefined>

/**
 * The way of a request through a door, whatever the framework: skip, limiter, key, cost, decision. Rejects with what a function of
 * the options throws; nothing has been counted then.
 */
export function visits<Args extends readonly unknown[]>(settings: DoorSettings<Args>): Visits<Args> {
  const { limiter: limiterOf, key: keyOf, cost: costOf, skip } = settings
  const watchDoor = doorWatch(settings.door)
  const watchLimiter = limiterWatch(settings.door)

  return async (args, signal) => {
    watchDoor()
    if (skip !== undefined && (await skip(...args))) return undefined
    const limiter = typeof limiterOf === 'function' ? await limiterOf(...args) : limiterOf
    if (limiter === undefined) return undefined
    if (typeof limiterOf === 'function') watchLimiter(expectLimiter(limiter))

    const key = await keyOf(...args)
    const cost = typeof costOf === 'function' ? await costOf(...args) : costOf
    const decision = await limiter.consume(key, { cost, signal })
    warnOfSharedKeys(settings, key)
    return visit(settings, args, { decision, limiter, key })
  }
}

function visit<Args extends readonly unknown[]>(settings: DoorSettings<Args>, args: Args, counted: Admitted): Visit {
  const { decision, limiter } = counted
  const { fields, neverStatus } = settings
  if (!decision.allowed) {
    return { decision, limiter, fields: {}, refusal: refusal(decision, limiter, { fields, neverStatus }) }
  }
  const admitted = { decision, limiter, fields: limitFields(decision, limiter, fields), refusal: undefined }
  return settings.refund === undefined && settings.charge === undefined
    ? admitted
    : { ...admitted, end: (outcome) => settle(settings, args, counted, outcome) }
}

/** Keys that come out when a template was given no value. */
const valuesOfNobody = ['undefined', 'null', 'NaN', '[object Object]']

function warnOfSharedKeys(settings: { readonly door: string }, key: Key): void {
  if (typeof key === 'string') warnOfSharedKey(settings, 'key', key)
  else for (const policy of Object.keys(key)) warnOfSharedKey(settings, `key.${policy}`, key[policy])
}

function warnOfSharedKey(settings: { readonly door: string }, name: string, key: string | undefined): void {
  const shared = 'all such requests share one limit. Said once.'
  if (key === '') {
    warnOnce(settings, 'SLUICE_EMPTY_KEY', `The \`${name}\` of ${settings.door} is empty: ${shared}`)
  } else if (valuesOfNobody.includes(key as string)) {
    warnOnce(settings, 'SLUICE_SHARED_KEY', `The \`${name}\` of ${settings.door} is "${key}": ${shared}`)
  }
}
