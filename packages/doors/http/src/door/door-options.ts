import type { Cost, Key, Limiter } from '@sluice/core'
import { expectCosts, expectOptions, shown } from '@sluice/core/internal'
import { expectForms, type FieldForm } from '../emit/limit-fields.ts'
import { expectNeverStatus, type RefusalOptions } from '../emit/refusal.ts'
import type { AfterResponse } from './after-response.ts'

/** A limiter, as doors need it. */
export type DoorLimiter = Pick<Limiter, 'name' | 'policies' | 'consume' | 'charge' | 'refund'>

export type Awaitable<T> = T | Promise<T>

/** The options that every door has. Its functions are given what the framework gives: `Args`. */
export interface DoorOptions<Args extends readonly unknown[] = readonly unknown[]> extends RefusalOptions {
  /** The limiter, or the one for a request, say by its tier or route; `undefined`: this request has no limit. */
  readonly limiter: DoorLimiter | ((...args: Args) => Awaitable<DoorLimiter | undefined>)
  /**
   * The key that a request counts for: one string, or one for each policy by name, which needs a limiter with `slot: 'limiter'`. Each is
   * still one decision.
   */
  readonly key: (...args: Args) => Awaitable<Key>
  /** The cost of a request, for all policies or by their names. Default 1. What is known only afterwards is for `charge` and `refund`. */
  readonly cost?: Cost | ((...args: Args) => Awaitable<Cost>) | undefined
  /** Requests that pass uncounted. */
  readonly skip?: ((...args: Args) => Awaitable<boolean>) | undefined
}

/** The options of a door that knows a key by itself. */
export type KeyOptional<Options extends { readonly key: unknown }> = Omit<Options, 'key'> & {
  readonly key?: Options['key'] | undefined
}

/** The options of a door, checked. */
export type DoorSettings<Args extends readonly unknown[]> = DoorOptions<Args> &
  AfterResponse<Args> & {
    /** The name of the function that they were given to. */
    readonly door: string
    readonly fields: readonly FieldForm[]
    readonly neverStatus: 400 | 413
  }

const optionNames = ['limiter', 'key', 'cost', 'skip', 'fields', 'neverStatus']

/** What is a door's own. */
export interface DoorKind<Args extends readonly unknown[]> {
  /** The name of its function, for errors. */
  readonly door: string
  /** The names of the options that not every door has; each is a function. */
  readonly own: readonly string[]
  /** The key where the options name none. Absent: they must. */
  readonly defaultKey?: DoorOptions<Args>['key']
}

/** Checks the options of a door. Throws a `TypeError` or `RangeError` that names the one that is wrong. */
export function expectDoorOptions<Args extends readonly unknown[]>(
  { door, own, defaultKey }: DoorKind<Args>,
  options: KeyOptional<DoorOptions<Args>> & AfterResponse<Args>,
): DoorSettings<Args> {
  expectOptions(door, options, [...optionNames, ...own])
  if (typeof options.limiter !== 'function') expectLimiter(options.limiter)
  const { limiter, cost, key = defaultKey } = options
  if (typeof cost !== 'function') expectConstantCost(limiter, cost)
  const byName: Readonly<Record<string, unknown>> = { ...options, key }
  for (const name of ['key', 'skip', ...own]) {
    const value = byName[name]
    if (typeof value !== 'function' && (name === 'key' || value !== undefined)) {
      throw new TypeError(`Expected \`${name}\` to be a function, got ${shown(value)}`)
    }
  }
  return {
    ...options,
    key: key as DoorOptions<Args>['key'],
    door,
    fields: expectForms(options.fields),
    neverStatus: expectNeverStatus(options.neverStatus),
  }
}

/** A cost that is wrong for each request is refused at the start. */
function expectConstantCost(limiter: DoorOptions['limiter'] | ((...args: never) => unknown), cost: unknown): void {
  if (cost === undefined) return
  expectCosts(Object.keys(typeof limiter === 'function' ? Object(cost) : limiter.policies), cost as Cost)
}

/** A limiter, checked. */
export function expectLimiter(limiter: unknown): DoorLimiter {
  const isObject = typeof limiter === 'object' && limiter !== null
  if (isObject && 'consume' in limiter && 'policies' in limiter && 'name' in limiter) return limiter as DoorLimiter
  throw new TypeError(`Expected \`limiter\` to be a limiter like createLimiter({ … }), got ${shown(limiter)}`)
}
