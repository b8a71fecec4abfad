import { type Clock, type Duration, type Limiter, parseDuration } from '@sluice/core'
import { expectClock, expectOptions, shown } from '@sluice/core/internal'
import type { CostByName } from './pace.ts'
import { type FetchInput, isIdempotent, isRequest } from './repeatable.ts'
import { type Sleep, sleep } from './sleep.ts'

/** `fetch`, or a function like it. */
export type Fetch = (input: FetchInput, init?: RequestInit) => Promise<Response>

/** The options of `limitedFetch`. */
export interface LimitedFetchOptions {
  /** How long one call may wait in all, up to a day. Default `'2m'`. Longer: a refusal is returned, an unsent request rejects. */
  readonly maxWait?: Duration | undefined
  /** How many retries may be spent on each scope; ten successes earn one back. Default 10, and 0 repeats nothing. */
  readonly retryBudget?: number | undefined
  /** Whether a refused request may be sent once more. Default: if its method is idempotent, or it has an `Idempotency-Key`. */
  readonly mayRepeat?: ((input: FetchInput, init: RequestInit | undefined) => boolean) | undefined
  /** Requests of the same scope share limits. Default: the origin. */
  readonly scope?: ((input: FetchInput, init: RequestInit | undefined) => string) | undefined
  /** The cost of a request by the name of the limit. Default: 1 where requests are counted, 0 for tokens or bytes. */
  readonly cost?: ((input: FetchInput, init: RequestInit | undefined) => CostByName) | undefined
  /**
   * A limiter that each request passes first, by its scope: over a shared store, many processes keep one quota. Its policies go
   * by the names of `cost`. A turn that comes too late, or whose caller leaves before it, is given back.
   */
  readonly limiter?: (Pick<Limiter, 'consume'> & Partial<Pick<Limiter, 'refund'>>) | undefined
  /** For tests: the time in ms since the epoch. */
  readonly clock?: Clock | undefined
  /** For tests: from 0 to 1, below it. */
  readonly random?: (() => number) | undefined
  /** For tests: how to wait. */
  readonly sleep?: Sleep | undefined
}

/** The options of `limitedFetch`, checked, with their defaults. */
export interface FetchSettings {
  readonly maxWait: number
  readonly retryBudget: number
  readonly mayRepeat: (input: FetchInput, init: RequestInit | undefined) => boolean
  readonly scope: (input: FetchInput, init: RequestInit | undefined) => string
  readonly cost: LimitedFetchOptions['cost']
  readonly limiter: LimitedFetchOptions['limiter']
  readonly clock: Clock
  readonly random: () => number
  readonly sleep: Sleep
}

/** The longest wait of a timer is 2^31 - 1 ms, some 24 days. */
const longestWait = 86_400_000

function originOf(input: FetchInput): string {
  const url = isRequest(input) ? input.url : String(input)
  // A relative URL is one of the page's own origin.
  return URL.canParse(url) ? new URL(url).origin : ''
}

const optionNames = ['maxWait', 'retryBudget', 'mayRepeat', 'scope', 'cost', 'limiter', 'clock', 'random', 'sleep']
const functionNames = ['mayRepeat', 'scope', 'cost', 'random', 'sleep'] as const

/** Throws a `TypeError` or `RangeError` that names the option that is wrong. */
export function expectSettings(options: LimitedFetchOptions): FetchSettings {
  expectOptions('limitedFetch', options, optionNames)
  expectClock(options.clock)
  for (const name of functionNames) {
    const value = options[name]
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`Expected \`${name}\` to be a function, got ${shown(value)}`)
    }
  }
  const { limiter } = options
  if (limiter !== undefined && typeof limiter?.consume !== 'function') {
    throw new TypeError(`Expected \`limiter\` to be a limiter, got ${shown(limiter)}`)
  }
  const maxWait = parseDuration('maxWait', options.maxWait ?? '2m')
  if (maxWait > longestWait)
    throw new RangeError(`Expected \`maxWait\` to be at most a day, got ${shown(options.maxWait)}`)
  return {
    maxWait,
    retryBudget: expectBudget(options.retryBudget),
    limiter,
    mayRepeat: options.mayRepeat ?? isIdempotent,
    scope: options.scope ?? originOf,
    cost: options.cost,
    clock: options.clock ?? (() => Date.now()),
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleep,
  }
}

function expectBudget(value: unknown = 10): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 1e6) return value
  throw new RangeError(`Expected \`retryBudget\` to be an integer from 0 to 1,000,000, got ${shown(value)}`)
}
