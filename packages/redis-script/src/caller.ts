import { type Answer, type Ask, DeadlineError, type Signal } from '@sluice/core'
import type { Deadlines, Due } from './deadlines.ts'

/** The outcomes of some asks, in their order. */
export type Outcomes = readonly (Answer | Error)[]

/** Someone who waits for the outcomes of asks that travel together. */
export interface Caller extends Due {
  readonly asks: readonly Ask[]
  /** Whether it still waits. */
  readonly waiting: boolean
  /** While its asks are under way: told that it no longer waits for them, and why. */
  left: ((why: unknown) => void) | undefined
  settle(outcomes: Outcomes): void
  fail(why: unknown): void
  /** It waits no longer, because of its deadline or its signal. */
  leave(why: unknown): void
}

interface CallerOptions {
  readonly asks: readonly Ask[]
  /** In ms on the monotonic clock; `Infinity` for never. */
  readonly due: number
  readonly deadlines: Deadlines
  readonly signal: Signal | undefined
  resolve(outcomes: Outcomes): void
  reject(why: unknown): void
  /** Called once, when it waits no longer. */
  over(): void
}

/** A caller that leaves at its deadline, or when its signal fires. */
export function caller({ asks, due, deadlines, signal, resolve, reject, over }: CallerOptions): Caller {
  let waiting = true
  const abort = (): void => one.leave(signal?.reason)
  const end = (): boolean => {
    if (!waiting) return false
    waiting = false
    deadlines.remove(one)
    signal?.removeEventListener('abort', abort)
    over()
    return true
  }

  const one: Caller = {
    asks,
    due,
    before: undefined,
    after: undefined,
    left: undefined,
    get waiting() {
      return waiting
    },
    settle: (outcomes) => {
      if (end()) resolve(outcomes)
    },
    fail: (why) => {
      if (end()) reject(why)
    },
    leave: (why) => {
      if (!end()) return
      reject(why)
      one.left?.(why)
    },
    expire: () => one.leave(new DeadlineError()),
  }
  if (due < Number.POSITIVE_INFINITY) deadlines.add(one)
  signal?.addEventListener('abort', abort)
  return one
}
