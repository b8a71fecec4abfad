import type { Signal } from '../contract/limiter.ts'
import { monotonicNow } from '../monotonic-now.ts'
import { onAbort } from '../on-abort.ts'

/** What waiting needs of time. */
export interface Time {
  /** Ms on a clock that never goes back. */
  now(): number
  /**
   * Whether the promise resolves within so many ms; without a promise it is false then. Rejects as the promise does, and with the reason
   * of the signal as soon as that fires.
   */
  within(promise: Promise<unknown> | undefined, ms: number, signal: Signal | undefined): Promise<boolean>
}

declare function setTimeout(act: () => void, ms: number): unknown
declare function clearTimeout(timer: unknown): void

/** `setTimeout` fires at once for more. */
const longestTimerMs = 2 ** 31 - 1

/** Time as it passes. */
export const timeOfRuntime: Time = {
  now: monotonicNow,
  within: async (promise, ms, signal) => {
    const end = monotonicNow() + ms
    for (let left = ms; left > 0; left = end - monotonicNow()) {
      if (await withinTimer(promise, Math.min(Math.ceil(left), longestTimerMs), signal)) return true
    }
    return false
  },
}

function withinTimer(promise: Promise<unknown> | undefined, ms: number, signal: Signal | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer)
      stopListening?.()
      act()
    }
    const timer = setTimeout(() => settle(() => resolve(false)), ms)
    const stopListening = signal && onAbort(signal, () => settle(() => reject(signal.reason)))
    promise?.then(
      () => settle(() => resolve(true)),
      (error) => settle(() => reject(error)),
    )
  })
}
