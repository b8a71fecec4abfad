// @ts-check

/**
 * Asks the demo for one comparison. What came of it is said in words for the page; it rejects only once the signal fires.
 *
 * @param {string} address Where comparisons are made.
 * @returns {(query: string, signal: AbortSignal) => Promise<import('./comparisons.js').Outcome>}
 */
export function loadComparison(address) {
  return async (query, signal) => {
    try {
      const response = await fetch(`${address}?${query}`, { signal })
      const answer = await response.json()
      if (response.ok) return { result: answer }
      return { problem: answer.error, mayPass: response.status >= 500 }
    } catch (error) {
      if (signal.aborted) throw error
      return { problem: 'The demo does not answer: it may have been stopped.', mayPass: true }
    }
  }
}
