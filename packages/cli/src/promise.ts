import type { CheckedPolicy } from '@sluice/config'
import { createLimiter, memoryStore, type Policy, parseDurationText } from '@sluice/core'
import { type Passage, worstWindow } from '@sluice/simulation'
import { countText, durationText } from './spelled.ts'

/** What a policy lets one client have, in requests of cost 1. */
export interface PolicyPromise {
  /** In one sentence. */
  readonly sentence: string
  /** Go ahead in one instant, after silence. */
  readonly atOnce: number
  /** In each window, over a long time. */
  readonly inTheLongRun: number
  /** The most that go ahead in any window, wherever it starts. */
  readonly inAnyWindow: number
  /** The window of both, in ms: the duration that the document has. */
  readonly windowMs: number
}

type Numbers = Omit<PolicyPromise, 'windowMs'>
type Options = Readonly<Record<string, unknown>>
type Known = (options: Options, window: string) => Numbers

/** What is known of the algorithms of the house; others are tried. */
const known: Readonly<Record<string, Known>> = {
  'token-bucket': (options, window) => {
    const [capacity, refill] = [Number(options.capacity), Number(options.refill)]
    return {
      sentence: `After a silence ${countText(capacity)} at once, then ${countText(refill)} each ${window}.`,
      atOnce: capacity,
      inTheLongRun: refill,
      inAnyWindow: capacity + refill,
    }
  },
  'leaky-bucket': (options, window) => {
    const [capacity, leak] = [Number(options.capacity), Number(options.leak)]
    return {
      sentence: `One after the other, ${countText(leak)} each ${window}; up to ${countText(capacity)} may wait for their turn.`,
      atOnce: 1,
      inTheLongRun: leak,
      inAnyWindow: leak,
    }
  },
  'fixed-window': (options, window) => {
    const limit = Number(options.limit)
    const begins = options.align === 'epoch' ? `at multiples of ${window}` : 'with the first request'
    return {
      sentence: `${countText(limit)} in each window of ${window}, which begins ${begins}; around its end up to twice as many.`,
      atOnce: limit,
      inTheLongRun: limit,
      inAnyWindow: 2 * limit,
    }
  },
  'sliding-counter': (options, window) => {
    const limit = Number(options.limit)
    return {
      sentence: `${countText(limit)} at once, which come back little by little while the ${window} after it pass; in any ${window} less than twice as many.`,
      atOnce: limit,
      inTheLongRun: limit,
      inAnyWindow: 2 * limit,
    }
  },
  'sliding-log': (options, window) => {
    const limit = Number(options.limit)
    return {
      sentence: `Never more than ${countText(limit)} in any ${window}.`,
      atOnce: limit,
      inTheLongRun: limit,
      inAnyWindow: limit,
    }
  },
}

/** What a policy of a document promises; of an algorithm that is not known, what a greedy client was seen to get. */
export function promiseOf(policy: Policy, { described, options }: CheckedPolicy): PolicyPromise {
  const windowMs = windowOf(policy, { described, options })
  const numbers = known[policy.algorithm]?.(options, durationText(windowMs)) ?? tried(policy, windowMs)
  return { ...numbers, windowMs }
}

/** The first required option that is a duration. */
function windowOf(policy: Policy, { described, options }: CheckedPolicy): number {
  const name = described.options.required?.find((one) => typeof options[one] === 'string')
  if (name === undefined) return policy.window
  try {
    return parseDurationText(name, options[name] as `${number}ms`)
  } catch {
    return policy.window
  }
}

/** What a greedy client gets that begins at the start, in the middle or at the end of a window. */
function tried(policy: Policy, windowMs: number): Numbers {
  const longRun = Math.round((policy.limit * windowMs) / policy.window)
  const starts = [0, Math.floor(windowMs / 2), windowMs - 1]
  const runs = starts.map((start) => greedy(policy, windowMs, 10 * windowMs + start))
  const most = runs.map((passages) => worstWindow(new Map([['greedy', passages]]), windowMs)?.units ?? 0)
  const atOnce = runs[0]?.[0]?.cost ?? 0
  return {
    sentence: `A greedy client was seen to get ${countText(atOnce)} at once, and no more than was tried.`,
    atOnce,
    inTheLongRun: longRun,
    inAnyWindow: Math.max(...most),
  }
}

const roundsTried = 1000

/** When a client goes ahead that takes all it can, and comes back when it is told. */
function greedy(policy: Policy, windowMs: number, start: number): Passage[] {
  let now = start
  const limiter = createLimiter({ name: 'greedy', policy, store: memoryStore({ clock: () => now }) })
  const passages: Passage[] = []
  for (let round = 0; round < roundsTried && now < start + 3 * windowMs; round += 1) {
    const cost = Math.max(1, limiter.peekSync('greedy').remaining)
    const { allowed, delayMs, retryAfterMs } = limiter.consumeSync('greedy', { cost })
    if (allowed) passages.push({ at: now + delayMs, cost })
    else if (retryAfterMs === Number.POSITIVE_INFINITY) break
    else now += Math.max(1, retryAfterMs)
  }
  return passages
}
