import { curveAt, tightestLimit } from '@sluice/simulation'
import { algorithms } from '../comparison/algorithms.ts'
import { durationText } from '../comparison/duration-text.ts'
import type { LogCurves } from './log-curves.ts'
import type { LogSummary } from './log-worker.ts'

/** The share of clients that the advice lets a limit refuse. */
const fewClients = 0.005

/** How many clients a limit refuses, with the two algorithms that differ most in that: the first half of the sentence. */
export function refusedText(curves: LogCurves, limit: number): string {
  const clients = curves.curves[0]?.curve.clients ?? 0
  const [bucket, log] = pairAt(curves, limit)
  const all = `${count(clients)} ${clients === 1 ? 'client' : 'clients'}`
  return `refuses ${count(bucket)} of your ${all} with a token bucket, ${count(log)} with a sliding log`
}

/** The same two numbers, where both let the same through in any window: the second half. */
export function promisedText(curves: LogCurves, most: number): string {
  const [bucket, log] = pairAt(curves, most)
  return `${count(bucket)} and ${count(log)}`
}

function pairAt({ curves }: LogCurves, limit: number): readonly [bucket: number, log: number] {
  const of = (id: string): number => {
    const found = curves.find(({ algorithm }) => algorithm === id)
    if (found === undefined) throw new Error(`Expected a curve of ${id}`)
    return curveAt(found.curve, limit).clientsRefused
  }
  return [of('token-bucket'), of('sliding-log')]
}

/** The tightest limits that refuse hardly a client. */
export function adviceText({ curves, window }: LogCurves): string {
  const limits = curves.map(({ algorithm, curve }) => {
    const tightest = tightestLimit(curve, fewClients)
    return `${nameOf(algorithm).toLowerCase()} ${tightest === undefined ? 'none' : count(tightest.limit)}`
  })
  return `To refuse at most ${fewClients * 100} % of clients: ${limits.join(', ')} in ${durationText(window)}.`
}

/** What is said of windows that the dates of the log are too coarse for; empty where they are not. */
export function roundingText({ isWholeSeconds }: LogSummary, windows: readonly number[]): string {
  const short = windows.find((window) => window < 10_000)
  if (!isWholeSeconds || short === undefined) return ''
  return `Its dates are whole seconds: a window of ${durationText(short)}, as any below 10 s, judges how they were rounded.`
}

/** What was read, in one sentence. */
export function readText({ name, requests, clients, malformed }: LogSummary): string {
  const what = `${name}: ${count(requests)} requests of ${count(clients)} clients.`
  if (malformed === 0) return what
  return `${what} ${count(malformed)} ${malformed === 1 ? 'line was' : 'lines were'} not understood.`
}

/** An algorithm's name. */
export function nameOf(id: string): string {
  return algorithms.find((one) => one.id === id)?.name ?? id
}

/** A number as people write it. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}
