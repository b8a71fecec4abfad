/**
 * What this package asks of the runtime beside `Promise` and core's clock that never goes back: `setTimeout`. Node, Bun and Deno have
 * more, runtimes that are like a browser (jsdom, workerd) less: each difference has its answer here.
 */

/** An object in Node, a number where the runtime is like a browser. */
export type Timer = ReturnType<typeof setTimeout> | number

/** Lets a timer keep the process alive, as it does at first, or not. A timer that is a number has no say in that. */
export function keepAlive(timer: Timer | undefined, keeps: 'keeps' | 'lets go'): void {
  const own = timer as { ref?(): unknown; unref?(): unknown } | undefined
  if (keeps === 'keeps') own?.ref?.()
  else own?.unref?.()
}

/** Calls after what has come in was read: by `setImmediate`, or, where there is none, by the next turn of the timers. */
export function afterInput(act: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(act)
  else setTimeout(act, 0)
}

/**
 * Calls at the end of this turn of the event loop, once what has come in is read: so requests of many connections can share a script.
 * Where there is no `setImmediate`, a little earlier. Looked up once, so fake timers do not hold requests up.
 */
export const whenTurnEnds: (act: () => void) => void =
  typeof globalThis.setImmediate === 'function' ? globalThis.setImmediate : queueMicrotask

/** Waits so many ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
