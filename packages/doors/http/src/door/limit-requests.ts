import type { Cost, Limiter } from '@sluice/core'
import { expectOptions, shown, warnOnce } from '@sluice/core/internal'
import { expectForms, type FieldForm } from '../emit/limit-fields.ts'
import type { QuotaSource } from '../emit/quota.ts'
import { expectNeverStatus, type RefusalOptions, refusalResponse } from '../emit/refusal.ts'
import { type DecidedAt, rememberLimit } from './request-limits.ts'

/** A limiter, as doors need it. */
export interface DoorLimiter extends QuotaSource {
  consume(key: Key, options?: Parameters<Limiter['consume']>[1]): Promise<DecidedAt>
}

type Key = Parameters<Limiter['consume']>[0]
type Awaitable<T> = T | Promise<T>
/** `context` is what the server gives beside the request, such as the address of the peer. */
type ByRequest<T, Context> = (request: Request, context: Context) => Awaitable<T>

/** The options of `limitRequests`. */
export interface LimitRequestsOptions<Context = void> extends RefusalOptions {
  /** The limiter, or the one for a request, say by its tier or route; `undefined`: this request has no limit. */
  readonly limiter: DoorLimiter | ByRequest<DoorLimiter | undefined, Context>
  /** The key that a request counts for. */
  readonly key: ByRequest<Key, Context>
  /** The cost of a request. Default 1. */
  readonly cost?: Cost | ByRequest<Cost, Context> | undefined
  /** Requests that pass uncounted. */
  readonly skip?: ByRequest<boolean, Context> | undefined
  /** Another response for a refused request than the problem document, whose headers `standard` has. */
  readonly refuse?: ((refused: RefusedRequest) => Awaitable<Response>) | undefined
}

/** A request that is refused. */
export interface RefusedRequest {
  readonly request: Request
  readonly decision: DecidedAt
  /** The response unless another is made. */
  readonly standard: Response
}

/** Decides on a request: the response that refuses it, or `undefined` where it may go ahead. */
export type Door<Context = void> = (request: Request, context: Context) => Promise<Response | undefined>

/**
 * A door for servers that work with Web `Request` and `Response`. Errors of the functions in the options, and of a limiter whose
 * `failure` is `'throw'`, reject; nothing has been counted then.
 */
export function limitRequests<Context = void>(options: LimitRequestsOptions<Context>): Door<Context> {
  const settings = expectSettings(options)
  const { limiter: limiterOf, key: keyOf, cost: costOf, skip, refuse, fields, neverStatus } = settings
  const watch = limiterWatch()

  return async (request, context) => {
    if (skip !== undefined && (await skip(request, context))) return undefined
    const limiter = typeof limiterOf === 'function' ? await limiterOf(request, context) : limiterOf
    if (limiter === undefined) return undefined
    watch(expectLimiter(limiter))

    const key = await keyOf(request, context)
    warnOfSharedKey(settings, key)
    const cost = typeof costOf === 'function' ? await costOf(request, context) : costOf
    const decision = await limiter.consume(key, { cost, signal: request.signal })
    rememberLimit(request, { decision, limiter, fields })
    if (decision.allowed) return undefined
    const standard = refusalResponse(decision, limiter, { fields, neverStatus })
    return refuse === undefined ? standard : refuse({ request, decision, standard })
  }
}

type Settings<Context> = LimitRequestsOptions<Context> & {
  readonly fields: readonly FieldForm[]
  readonly neverStatus: 400 | 413
}

const optionNames = ['limiter', 'key', 'cost', 'skip', 'refuse', 'fields', 'neverStatus']

function expectSettings<Context>(options: LimitRequestsOptions<Context>): Settings<Context> {
  expectOptions('limitRequests', options, optionNames)
  const { limiter, key, skip, refuse } = options
  if (typeof limiter !== 'function') expectLimiter(limiter)
  for (const [name, value] of Object.entries({ key, skip, refuse })) {
    if (typeof value !== 'function' && (name === 'key' || value !== undefined)) {
      throw new TypeError(`Expected \`${name}\` to be a function, got ${shown(value)}`)
    }
  }
  return { ...options, fields: expectForms(options.fields), neverStatus: expectNeverStatus(options.neverStatus) }
}

function expectLimiter(limiter: unknown): DoorLimiter {
  const isObject = typeof limiter === 'object' && limiter !== null
  if (isObject && 'consume' in limiter && 'policies' in limiter && 'name' in limiter) return limiter as DoorLimiter
  throw new TypeError(`Expected \`limiter\` to be a limiter like createLimiter({ … }), got ${shown(limiter)}`)
}

/** Keys that come out when a template was given no value. */
const valuesOfNobody = ['undefined', 'null', 'NaN', '[object Object]']

function warnOfSharedKey(door: object, key: Key): void {
  if (typeof key !== 'string') return
  if (key === '') {
    warnOnce(
      door,
      'SLUICE_EMPTY_KEY',
      'The `key` of limitRequests is empty: all such requests share one limit. Said once.',
    )
  } else if (valuesOfNobody.includes(key)) {
    const message = `The \`key\` of limitRequests is "${key}": all such requests share one limit. Said once.`
    warnOnce(door, 'SLUICE_SHARED_KEY', message)
  }
}

/** More limiters than a service has tiers and routes. */
const mostLimiters = 1000

/** Warns when each request gets a limiter of its own: each would have its own memory, and limit nobody. */
function limiterWatch(): (limiter: DoorLimiter) => void {
  const seen = new WeakSet<DoorLimiter>()
  let count = 0
  return (limiter) => {
    if (count > mostLimiters || seen.has(limiter)) return
    seen.add(limiter)
    count += 1
    if (count <= mostLimiters) return
    const message = `The \`limiter\` of limitRequests was another one for ${count} requests: make limiters once, outside of the function. Said once.`
    warnOnce(seen, 'SLUICE_LIMITER_PER_REQUEST', message)
  }
}
