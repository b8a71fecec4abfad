// @ts-check
// Which comparison is asked for, and when: the newest settings win, a slow comparison of older ones is given up, and what
// failed because something was away is tried again until it is back. It knows neither the page nor the network.

/**
 * What came of one request.
 *
 * @typedef {{ readonly result: any }
 *   | { readonly problem: string, readonly mayPass: boolean }} Outcome `mayPass`: the same request may succeed later.
 */

/**
 * @typedef {object} Screen
 * @property {() => void} working A comparison has been asked for; what is shown is of older settings.
 * @property {(result: any, query: string, isNewest: boolean) => void} result One that is not of the newest settings is followed by another.
 * @property {(problem: string, isRetrying: boolean) => void} problem What is shown is still of older settings.
 */

/**
 * @typedef {object} Options
 * @property {(query: string, signal: AbortSignal) => Promise<Outcome>} load May reject only once the signal has fired.
 * @property {Screen} screen
 * @property {(ms: number, callback: () => void) => () => void} after Calls back after so many ms; what it returns calls it off.
 */

/**
 * How long a comparison of older settings may still take, once the settings no longer change: while a slider moves, what was
 * begun is shown, and when it has come to rest nothing old is waited for.
 */
export const patienceMs = 250
/** How long to wait before what failed is tried again. */
export const retryMs = 2000

/**
 * @param {Options} options
 * @returns {{ ask(query: string): void, stop(): void }} `stop` gives up what is under way, and tells nothing of it.
 */
export function comparisons({ load, screen, after }) {
  /** @type {string | undefined} Nothing is wanted once it was stopped. */
  let newest
  /** @type {{ readonly query: string, readonly request: AbortController } | undefined} */
  let running
  let callOffRetry = () => {}
  let callOffPatience = () => {}

  async function run() {
    /** @type {Outcome | undefined} */
    let outcome
    while (newest !== undefined) {
      const query = newest
      outcome = await loaded(query)
      callOffPatience()
      if (newest === undefined) break
      if (outcome !== undefined && 'result' in outcome) screen.result(outcome.result, query, query === newest)
      if (outcome !== undefined && query === newest) break
    }
    running = undefined
    if (newest === undefined || outcome === undefined || 'result' in outcome) return
    screen.problem(outcome.problem, outcome.mayPass)
    if (outcome.mayPass) callOffRetry = after(retryMs, run)
  }

  /** `undefined` when it was given up for newer settings. @param {string} query */
  async function loaded(query) {
    const request = new AbortController()
    running = { query, request }
    try {
      return await load(query, request.signal)
    } catch (error) {
      if (request.signal.aborted) return undefined
      throw error
    }
  }

  /** @param {AbortController} request */
  function giveUp(request) {
    request.abort()
  }

  return {
    ask(query) {
      newest = query
      callOffRetry()
      screen.working()
      if (running === undefined) {
        run()
        return
      }
      callOffPatience()
      const { query: older, request } = running
      if (older !== newest) callOffPatience = after(patienceMs, () => giveUp(request))
    },
    stop() {
      newest = undefined
      callOffRetry()
      callOffPatience()
      if (running !== undefined) giveUp(running.request)
    },
  }
}
