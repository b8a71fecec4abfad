/** Ms with a fraction on a clock that never goes back. Where the runtime has no `performance`, on the wall clock. */
export function monotonicNow(): number {
  // Read once: in Node it is a getter.
  const { performance } = globalThis as { readonly performance?: { now(): number } }
  return performance === undefined ? Date.now() : performance.now()
}
