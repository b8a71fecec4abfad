/** Where progress is shown: standard error, a terminal or not. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Shows how far a long task has come. */
export interface Progress {
  /** Shows the text when a further step of the count has been taken; the count of one task only grows. */
  at(count: number, text: () => string): void
  /** Begins another task, at 0. */
  next(): void
}

const terminalStep = 5000
const plainStep = 100_000

/** Overwrites one line of a terminal, and removes it at the end of a task; elsewhere writes a line now and then. */
export function progressOn(output: ProgressOutput): Progress {
  const isTerminal = output.isTTY === true
  const step = isTerminal ? terminalStep : plainStep
  let steps = 0
  return {
    at(count, text) {
      if (Math.floor(count / step) <= steps) return
      steps = Math.floor(count / step)
      output.write(isTerminal ? `\r${text()}\u001b[K` : `${text()}\n`)
    },
    next() {
      if (isTerminal && steps > 0) output.write('\r\u001b[K')
      steps = 0
    },
  }
}
