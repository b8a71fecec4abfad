import { callersFault } from './callers-fault.ts'
import { shown } from './expect.ts'

/** A source of time in ms, for tests and replay. Anything but a finite number from 0 to 2^52 is a `RangeError`. */
export type Clock = () => number

/** With an injected clock, state is kept for this long beyond its expiry: simulated time may stand still or go back. */
export const injectedClockGraceMs = 86_400_000

/** The wall clock, looked up at each reading: so it follows fake timers, and a machine that slept. */
export const clockOfRuntime: Clock = () => Date.now()

/** Reads a clock, floored to whole ms. */
export function readClock(clock: Clock): number {
  const now = clock()
  if (typeof now === 'number' && now >= 0 && now <= latestMs) return Math.floor(now)
  throw badClock(clock, now)
}

const latestMs = 2 ** 52

function badClock(clock: Clock, now: unknown): Error {
  const name = clock === clockOfRuntime ? 'Date.now' : 'clock'
  return callersFault(new RangeError(`Expected \`${name}\` to return milliseconds from 0 to 2^52, got ${shown(now)}`))
}

/** A `clock` option, checked. */
export function expectClock(clock: unknown): void {
  if (clock !== undefined && typeof clock !== 'function') {
    throw new TypeError(`Expected \`clock\` to be a function that returns milliseconds, got ${shown(clock)}`)
  }
}
