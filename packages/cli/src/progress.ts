import type { Terminal } from './terminal.ts'

/** Shows on standard error how far a long task has come. */
export interface Progress {
  /** Shows the text when a further step of the count has been taken; the count of one task only grows. */
  at(count: number, text: () => string): void
  /** Begins another task, at 0. */
  next(): void
}

const terminalStep = 10_000
const plainStep = 500_000

/** Writes over one line of a terminal, and removes it at the end of a task; elsewhere writes a line now and then. */
export function progressOn({ hasErrorTerminal, writeError }: Terminal): Progress {
  const step = hasErrorTerminal ? terminalStep : plainStep
  let steps = 0
  return {
    at(count, text) {
      if (Math.floor(count / step) <= steps) return
      steps = Math.floor(count / step)
      writeError(hasErrorTerminal ? `\r${text()}\u001b[K` : `${text()}\n`)
    },
    next() {
      if (hasErrorTerminal && steps > 0) writeError('\r\u001b[K')
      steps = 0
    },
  }
}
