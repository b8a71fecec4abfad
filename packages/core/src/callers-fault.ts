/** The same in every copy of this module in a process. */
const mark = Symbol.for('sluice.callersFault')

/**
 * Marks what a store throws because of what it was given, such as a clock that says NaN: no `failure` policy answers it, the
 * caller is told. Nothing else tells, for a client of Redis may throw a `RangeError` of its own.
 */
export function callersFault<E extends Error>(error: E): E {
  return Object.defineProperty(error, mark, { value: true })
}

/** Whether it was marked so, by this copy of the module or another. */
export function isCallersFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && mark in error
}
