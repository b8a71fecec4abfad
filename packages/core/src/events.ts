import type { Decision, FallbackSource } from './contract/limiter.ts'
import type { Mode } from './contract/policy.ts'

/** What a limiter reports of itself. Never a key, an address or a secret. */
export type LimiterEvent =
  /** A server of the store stopped answering, or answers with errors. */
  | { readonly type: 'store:down'; readonly limiter: string; readonly code: string }
  /** It answers again, after `downMs`. */
  | { readonly type: 'store:up'; readonly limiter: string; readonly downMs: number }
  /** A decision was not made by the store, but by `source`. */
  | { readonly type: 'fallback'; readonly limiter: string; readonly source: FallbackSource; readonly code: string }
  /** A full memory store forgot so many entries that still counted; told at most once a second. */
  | { readonly type: 'store:forgot'; readonly limiter: string; readonly entries: number }

/** What is published of each decision on the diagnostics channel `sluice:decision`. */
export interface DecisionMessage
  extends Pick<Decision, 'allowed' | 'limit' | 'remaining' | 'retryAfterMs' | 'delayMs' | 'policy' | 'source'> {
  readonly limiter: string
  readonly mode: Mode
}

interface Channel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

/** Of the runtimes, those that are like Node have these. */
declare const process:
  | {
      getBuiltinModule?(name: string): { channel(name: string): Channel } | undefined
      emitWarning?(message: string, options: { readonly type: string; readonly code: string }): void
    }
  | undefined
declare const queueMicrotask: ((callback: () => void) => void) | undefined

const runtime = typeof process === 'undefined' ? undefined : process
const diagnostics = runtime?.getBuiltinModule?.('node:diagnostics_channel')
const events = diagnostics?.channel('sluice:event')
const decisions = diagnostics?.channel('sluice:decision')

/** How a limiter reports. */
export interface Reporter {
  event(event: LimiterEvent): void
  decision(mode: Mode, decision: Decision): void
}

/**
 * Reports to `onEvent` and to the diagnostics channels `sluice:event` and `sluice:decision`, which cost nothing while nobody
 * listens. What a listener throws disturbs no decision: it is an uncaught exception.
 */
export function reporter(limiter: string, onEvent: ((event: LimiterEvent) => void) | undefined): Reporter {
  return {
    event(event) {
      if (events?.hasSubscribers) events.publish(event)
      try {
        onEvent?.(event)
      } catch (error) {
        throwLater(error)
      }
    },
    decision(mode, decision) {
      if (!decisions?.hasSubscribers) return
      const { allowed, limit, remaining, retryAfterMs, delayMs, policy, source } = decision
      const message: DecisionMessage = {
        limiter,
        mode,
        allowed,
        limit,
        remaining,
        retryAfterMs,
        delayMs,
        policy,
        source,
      }
      decisions.publish(message)
    },
  }
}

/** Makes an uncaught exception of it; where the runtime has no `queueMicrotask`, an unhandled rejection. */
function throwLater(error: unknown): void {
  const act = (): never => {
    throw error
  }
  if (typeof queueMicrotask === 'function') queueMicrotask(act)
  else Promise.resolve().then(act)
}

const warned = new WeakMap<object, Set<string>>()

/** Warns whoever runs the process, once for each object and code, where the runtime has a way to. */
export function warnOnce(about: object, code: string, message: string): void {
  const codes = warned.get(about) ?? new Set()
  if (codes.has(code)) return
  warned.set(about, codes.add(code))
  runtime?.emitWarning?.(message, { type: 'SluiceWarning', code })
}
