import type { Cost, Limiter } from '@sluice/core'
import { expectOptions, shown } from '@sluice/core/internal'
import { expectForms, type FieldForm } from '../emit/limit-fields.ts'
import { expectNeverStatus, type RefusalOptions } from '../emit/refusal.ts'

/** A limiter, as doors need it. */
export type DoorLimiter = Pick<Limiter, 'name' | 'policies' | 'consume' | 'refund'>

/** Whom a request is counted for. */
export type Key = Parameters<Limiter['consume']>[0]

export type Awaitable<T> = T | Promise<T>

/** What became of a request that was let through. */
export interface Outcome {
  /** The status of the response. */
  readonly status: number
  /** Whether all of it was handed to the client; `false` where the client had gone before. */
  readonly completed: boolean
}

/** The options that every door has. Its functions are given what the framework gives: `Args`. */
export interface DoorOptions<Args extends readonly unknown[] = readonly unknown[]> extends RefusalOptions {
  /** The limiter, or the one for a request, say by its tier or route; `undefined`: this request has no limit. */
  readonly limiter: DoorLimiter | ((...args: Args) => Awaitable<DoorLimiter | undefined>)
  /** The key that a request counts for. */
  readonly key: (...args: Args) => Awaitable<Key>
  /** The cost of a request. Default 1. */
  readonly cost?: Cost | ((...args: Args) => Awaitable<Cost>) | undefined
  /** Requests that pass uncounted. */
  readonly skip?: ((...args: Args) => Awaitable<boolean>) | undefined
}

/** The options of a door that knows a key by itself. */
export type KeyOptional<Options extends { readonly key: unknown }> = Omit<Options, 'key'> & {
  readonly key?: Options['key'] | undefined
}

/** What follows the response, in doors that see it. */
export interface AfterResponse<Args extends readonly unknown[]> {
  /**
   * Asked once the response has been sent: whether the request is given back, for limits that count failures alone. It was
   * counted before, so requests at one time cannot all pass.
   */
  readonly refund?: ((...args: [...Args, Outcome]) => Awaitable<boolean>) | undefined
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

/** The names of the options in `AfterResponse`. */
export const afterResponse: readonly string[] = ['refund']

/** Checks the options of a door. Throws a `TypeError` or `RangeError` that names the one that is wrong. */
export function expectDoorOptions<Args extends readonly unknown[]>(
  { door, own, defaultKey }: DoorKind<Args>,
  options: KeyOptional<DoorOptions<Args>> & AfterResponse<Args>,
): DoorSettings<Args> {
  expectOptions(door, options, [...optionNames, ...own])
  if (typeof options.limiter !== 'function') expectLimiter(options.limiter)
  const { key = defaultKey } = options
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

/** A limiter, checked. */
export function expectLimiter(limiter: unknown): DoorLimiter {
  const isObject = typeof limiter === 'object' && limiter !== null
  if (isObject && 'consume' in limiter && 'policies' in limiter && 'name' in limiter) return limiter as DoorLimiter
  throw new TypeError(`Expected \`limiter\` to be a limiter like createLimiter({ … }), got ${shown(limiter)}`)
}
