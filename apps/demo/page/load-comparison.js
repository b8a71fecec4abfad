// @ts-check

/**
 * Asks the demo for one check, whose answer is lines of JSON. What came of it is said in words for the page; it rejects only
 * once the signal fires.
 *
 * @param {string} address Where checks are made.
 * @param {(decided: number, outOf: number) => void} onProgress
 * @returns {(query: string, signal: AbortSignal) => Promise<import('./comparisons.js').Outcome>}
 */
export function loadComparison(address, onProgress) {
  return async (query, signal) => {
    try {
      const response = await fetch(`${address}?${query}`, { signal })
      for await (const line of linesOf(response)) {
        if ('decided' in line) onProgress(line.decided, line.outOf)
        else if ('error' in line) return { problem: line.error, mayPass: response.status !== 400 }
        else return { result: line }
      }
    } catch (error) {
      if (signal.aborted) throw error
    }
    return { problem: 'The demo does not answer: it may have been stopped.', mayPass: true }
  }
}

/** @param {Response} response */
async function* linesOf(response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined) {
    const { value, done } = await reader.read()
    const lines = (text + (value ?? '')).split('\n')
    text = done ? '' : (lines.pop() ?? '')
    for (const line of lines) if (line !== '') yield JSON.parse(line)
    if (done) return
  }
}
