import { shown } from './expect.ts'

/** A source of time in ms, for tests and replay. Anything but a finite number from 0 to 2^52 is a `RangeError`. */
export type Clock = () => number

/** With an injected clock, state is kept for this long beyond its expiry: simulated time may stand still or go back. */
export const injectedClockGraceMs = 86_400_000

/** Reads an injected clock, floored to whole ms. */
export function readClock(clock: Clock): number {
  const now: unknown = clock()
  if (typeof now !== 'number' || !(now >= 0 && now <= 2 ** 52)) {
    throw new RangeError(`Expected \`clock\` to return milliseconds from 0 to 2^52, got ${shown(now)}`)
  }
  return Math.floor(now)
}

/** A `clock` option, checked. */
export function expectClock(clock: unknown): void {
  if (clock !== undefined && typeof clock !== 'function') {
    throw new TypeError(`Expected \`clock\` to be a function that returns milliseconds, got ${shown(clock)}`)
  }
}
