import type { Binding } from '../contract/store.ts'

/** In the middle of a flood, a limiter is told no more often of what is forgotten. */
const toldEveryMs = 1000

/** Counts what is forgotten of a limiter, and tells it once the decision at hand is over. */
export function forgetting({ onForgot }: Pick<Binding, 'onForgot'>): (now: number) => void {
  if (onForgot === undefined) return () => {}
  let count = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return (now) => {
    count += 1
    if (Math.abs(now - toldAt) < toldEveryMs) return
    toldAt = now
    // A listener may well ask a limiter something.
    Promise.resolve().then(() => {
      const told = count
      count = 0
      onForgot(told)
    })
  }
}
