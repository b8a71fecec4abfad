import { type AccessLog, judgesRounding, type LogLine } from '@sluice/simulation'
import { type LogCurves, logCurves } from './log-curves.ts'
import { LogError, readLogFile } from './read-log-file.ts'

/** What the page asks the worker that has its log: to read it, then for curves, of which it wants the newest alone. */
export type LogRequest = { readonly file: File } | { readonly windows: LogWindows }

export interface LogWindows {
  /** Of the limits, in ms. */
  readonly limit: number
  /** Of the promises, in ms. */
  readonly promise: number
}

/** What it is told. */
export type LogAnswer =
  | { readonly reading: { readonly bytes: number; readonly lines: number } }
  | { readonly summary: LogSummary }
  /** From 0 to 1. */
  | { readonly counted: number }
  | { readonly limits: LogCurves; readonly promises: LogCurves }
  | { readonly problem: string }

/** What was read. */
export interface LogSummary {
  readonly name: string
  readonly requests: number
  readonly clients: number
  /** How many lines could not be read. */
  readonly malformed: number
  readonly firstMalformed: readonly LogLine[]
  readonly isWholeSeconds: boolean
}

/** Answers the requests of a page on one log. `rest` resolves when other messages have come in. */
export function logWorker(
  post: (answer: LogAnswer) => void,
  rest: () => Promise<void>,
): (request: LogRequest) => Promise<void> {
  let log: AccessLog | undefined
  let counting = new AbortController()
  const known = new Map<string, LogCurves>()

  async function read(file: File): Promise<void> {
    log = await readLogFile(file, (reading) => post({ reading }))
    post({ summary: summaryOf(file.name, log) })
  }
  async function curves(windows: LogWindows): Promise<void> {
    counting.abort()
    counting = new AbortController()
    const { signal } = counting
    const of = async (by: LogCurves['by'], done: number): Promise<LogCurves> => {
      const window = windows[by]
      const curves = known.get(`${by} ${window}`)
      if (curves !== undefined || log === undefined) return curves as LogCurves
      const onProgress = async (share: number): Promise<void> => {
        post({ counted: done + share / 2 })
        await rest()
      }
      const counted = await logCurves({ log, window, by, signal, onProgress })
      known.set(`${by} ${window}`, counted)
      return counted
    }
    try {
      post({ limits: await of('limit', 0), promises: await of('promise', 0.5) })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  return async (request) => {
    try {
      await ('file' in request ? read(request.file) : curves(request.windows))
    } catch (error) {
      const { message } = error as Error
      post({ problem: error instanceof LogError ? message : `The log cannot be read: ${message}` })
    }
  }
}

function summaryOf(name: string, log: AccessLog): LogSummary {
  return {
    name,
    requests: log.times.length,
    clients: log.clients.length,
    malformed: log.malformed.reduce((sum, { lines }) => sum + lines.length, 0),
    firstMalformed: log.firstMalformed,
    isWholeSeconds: judgesRounding({ log, window: 1 }),
  }
}
