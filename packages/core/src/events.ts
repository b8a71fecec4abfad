import type { Decision, FallbackSource, Policies } from './contract/limiter.ts'
import type { Mode, Policy } from './contract/policy.ts'
import { diagnosticsChannel } from './diagnostics.ts'
import { monotonicNow } from './monotonic-now.ts'

/** What a limiter reports of itself. Never a key, an address or a secret. */
export type LimiterEvent =
  /** A server of the store stopped answering, or answers with errors. */
  | { readonly type: 'store:down'; readonly limiter: string; readonly code: string }
  /** It answers again, after `downMs`. */
  | { readonly type: 'store:up'; readonly limiter: string; readonly downMs: number }
  /** A decision was not made by the store, but by `source`. */
  | { readonly type: 'fallback'; readonly limiter: string; readonly source: FallbackSource; readonly code: string }
  /** A call was rejected, because the store could not answer and nobody does in its place (`failure: 'throw'`, or a reset). */
  | { readonly type: 'failed'; readonly limiter: string; readonly code: string }
  /** A full memory store forgot so many entries that still counted; told at most once a second. */
  | { readonly type: 'store:forgot'; readonly limiter: string; readonly entries: number }

/** What is published of each decision on the diagnostics channel `sluice:decision`. */
export interface DecisionMessage
  extends Pick<
    Decision,
    'allowed' | 'limit' | 'used' | 'remaining' | 'retryAfterMs' | 'delayMs' | 'policy' | 'policies' | 'source'
  > {
  readonly limiter: string
  readonly mode: Mode
  /** That of the policy that binds. */
  readonly algorithm: string
  /** The policy in shadow mode that would have refused what was admitted, of several the one with the longest wait. */
  readonly shadow?: { readonly policy: string; readonly algorithm: string } | undefined
  /** From the call to the decision, in ms with a fraction. */
  readonly durationMs: number
}

/** What is published of each call of `wait` on the diagnostics channel `sluice:wait`. */
export interface WaitMessage {
  readonly limiter: string
  /** It was admitted, refused because it would have taken too long, or its caller left. */
  readonly outcome: 'admitted' | 'refused' | 'left'
  /** From the call to its end, in ms with a fraction. */
  readonly durationMs: number
}

/** What is published of each script for Redis on the diagnostics channel `sluice:script`. */
export type ScriptMessage =
  /** A script is sent, with so many requests. */
  | { readonly type: 'sent'; readonly limiter: string; readonly requests: number }
  /** A script failed, or was not answered by the deadline. */
  | { readonly type: 'failed'; readonly limiter: string; readonly code: string }

/** Of the runtimes, those that are like Node have `emitWarning`. */
declare const process:
  | { emitWarning?(message: string, options: { readonly type: string; readonly code: string }): void }
  | undefined
declare const queueMicrotask: ((callback: () => void) => void) | undefined

const runtime = typeof process === 'undefined' ? undefined : process
const events = diagnosticsChannel('sluice:event')
const decisions = diagnosticsChannel('sluice:decision')
const waits = diagnosticsChannel('sluice:wait')

/** How a limiter reports. */
export interface Reporter {
  event(event: LimiterEvent): void
  /** When a decision begins, in ms on some clock; `undefined` while nobody listens. */
  begin(): number | undefined
  /** Reports a decision that began then, when somebody listened. */
  decision(mode: Mode, decision: Decision, policies: Policies, began: number): void
  /** Reports the end of a wait. */
  wait(outcome: WaitMessage['outcome'], durationMs: number): void
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
    begin: () => (decisions?.hasSubscribers ? monotonicNow() : undefined),
    decision(mode, decision, policies, began) {
      const { allowed, limit, used, remaining, retryAfterMs, delayMs, policy, source } = decision
      const message: DecisionMessage = {
        limiter,
        mode,
        allowed,
        limit,
        used,
        remaining,
        retryAfterMs,
        delayMs,
        policy,
        algorithm: (policies[policy] as Policy).algorithm,
        policies: decision.policies,
        shadow: shadowRefusal(decision, policies),
        source,
        durationMs: monotonicNow() - began,
      }
      decisions?.publish(message)
    },
    wait(outcome, durationMs) {
      if (waits?.hasSubscribers) waits.publish({ limiter, outcome, durationMs } satisfies WaitMessage)
    },
  }
}

function shadowRefusal(decision: Decision, policies: Policies): DecisionMessage['shadow'] {
  if (decision.shadow === undefined || !decision.allowed) return undefined
  let longest: DecisionMessage['shadow']
  let waitMs = 0
  for (const [policy, { shadow }] of Object.entries(decision.policies)) {
    if (shadow === undefined || shadow.allowed || shadow.retryAfterMs <= waitMs) continue
    longest = { policy, algorithm: (policies[policy] as Policy).algorithm }
    waitMs = shadow.retryAfterMs
  }
  return longest
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
