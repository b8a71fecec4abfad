import type { Clock } from '@sluice/core'
import { shown } from '@sluice/core/internal'

/** Time that passes only when it is told to. */
export interface VirtualClock {
  /** Ms since the epoch: what a store takes as its `clock`. */
  readonly now: Clock
  /** Sets the time, in ms since the epoch; earlier than it is now is a `RangeError`. */
  advanceTo(time: number): void
}

/** A clock that stands still at `start`, in ms since the epoch (default 0), until it is advanced. */
export function virtualClock(start = 0): VirtualClock {
  let present = expectTime(start, 0)
  return {
    now: () => present,
    advanceTo(time) {
      present = expectTime(time, present)
    },
  }
}

function expectTime(time: number, earliest: number): number {
  if (Number.isInteger(time) && time >= earliest && time <= 2 ** 52) return time
  throw new RangeError(`Expected the time to be whole milliseconds from ${earliest} to 2^52, got ${shown(time)}`)
}
