import { clockOfRuntime, readClock } from './clock.ts'
import type { Decision, PolicyDecision } from './contract/limiter.ts'
import type { Policy, View } from './contract/policy.ts'
import type { Ask, SyncGate, SyncStore } from './contract/store.ts'
import { toDecision } from './decision.ts'
import { codeOf } from './errors.ts'
import { type Reporter, warnOnce } from './events.ts'
import { byName, type NamedPolicy } from './policy-decision.ts'
import { bindable, leastOf, setAside, shadowed } from './shadow-decision.ts'
import { shareOf } from './share.ts'

/**
 * What a limiter does when its store cannot answer: ask a limiter of its own in this process, admit, refuse, or throw what is
 * wrong.
 */
export type Failure = 'local' | 'open' | 'closed' | 'throw'

/** Answers in the store's place, or says what to throw. */
export type Fallback = (ask: Ask, cause: Error) => Decision | Error

export interface FallbackOptions {
  readonly failure: Failure
  readonly limiter: string
  readonly policies: readonly NamedPolicy[]
  /** Throws a `TypeError` or `RangeError` when the caller's function returns no positive integer. */
  readonly processes: () => number
  readonly report: Reporter
  /** Where `'local'` counts. */
  readonly localStore: SyncStore
  /** Told when the limiter in this process forgets entries that still count. */
  readonly onForgot: (entries: number) => void
  /** From 0 to 1, below it. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Nobody knows when the store will be back: those refused meanwhile are told to try again in one second to two, at random,
 * or all of them would be back at the same instant.
 */
const soonest = 1000
const spread = 1000

/**
 * The answers of a failure policy; the first one warns the process. What was to be given back is lost, and what was to be
 * forgotten is not: a refund answers like a peek with cost 0, a reset with the cause. A charge counts where `'local'` does, else
 * it is lost: it answers like a peek with a cost that may be allowed.
 */
export function fallback(options: FallbackOptions): Fallback {
  const { failure, limiter, policies, report } = options
  const fail = (cause: Error): Error => {
    report.event({ type: 'failed', limiter, code: codeOf(cause) })
    return cause
  }
  if (failure === 'throw') return (_, cause) => fail(cause)
  const decide = { local, open, closed }[failure](options)

  return (ask, cause) => {
    if (ask.mode === 'reset') return fail(cause)
    const decision = decide(ask.mode === 'refund' ? { ...ask, mode: 'peek', costs: policies.map(() => 0) } : ask)
    const code = codeOf(cause)
    warnOnce(report, 'SLUICE_FALLBACK', warning(limiter, failure, code))
    report.event({ type: 'fallback', limiter, source: failure, code })
    return { ...decision, source: failure, cause }
  }
}

function warning(limiter: string, failure: Failure, code: string): string {
  return `The store of the limiter "${limiter}" cannot answer (${code}): decisions are made without it (failure: '${failure}'). Said once.`
}

type Decide = (ask: Ask) => Decision

/** Of a charge nothing is above the quota for ever: it would have been counted in any case. */
function possibleCosts({ mode, costs }: Ask, policies: readonly NamedPolicy[]): readonly number[] {
  return mode === 'charge' ? costs.map((cost, i) => Math.min(cost, (policies[i] as NamedPolicy).policy.limit)) : costs
}

function retryMs({ random = Math.random }: FallbackOptions): number {
  return soonest + Math.floor(random() * spread)
}

/** The policies of a limiter, divided among so many processes. */
interface Shares {
  readonly processes: number
  readonly policies: readonly NamedPolicy[]
  readonly gate: SyncGate
}

function sharesOf({ limiter, policies, localStore, onForgot }: FallbackOptions, processes: number): Shares {
  const shares = policies.map(({ name, policy }) => ({ name, policy: shareOf(policy, processes) }))
  const own = Object.fromEntries(shares.map(({ name, policy }) => [name, policy]))
  return { processes, policies: shares, gate: localStore.bind({ name: limiter, policies: own, onForgot }) }
}

/** A limiter in this process gives out its share of the quota. */
function local(options: FallbackOptions): Decide {
  const { policies } = options
  let shares: Shares | undefined
  // What is more than a share is not more than the store would ever allow.
  const soon = (decision: PolicyDecision, i: number, { costs }: Ask, retryAfterMs: number): PolicyDecision =>
    decision.retryAfterMs === Number.POSITIVE_INFINITY && (costs[i] ?? 0) <= (policies[i] as NamedPolicy).policy.limit
      ? { ...decision, retryAfterMs }
      : decision
  return (ask) => {
    const processes = options.processes()
    // What is used is counted in credits, whatever the share.
    if (shares?.processes !== processes) shares = sharesOf(options, processes)
    const decision = toDecision(shares.policies, ask, shares.gate.applySync(ask))
    if (decision.retryAfterMs < Number.POSITIVE_INFINITY) return decision
    const wait = retryMs(options)
    const own = policies.map(({ name }, i) => soon(decision.policies[name] as PolicyDecision, i, ask, wait))
    return { ...decision, ...longestWait(policies, own, ask.shadow) }
  }
}

/** As if nobody had ever consumed anything: only what is never allowed is refused, and nothing is charged. */
function open({ policies }: FallbackOptions): Decide {
  return (ask) => {
    const now = readClock(clockOfRuntime)
    const views = policies.map(({ policy }) => unusedAt(policy, now))
    return toDecision(policies, { ...ask, mode: 'peek', costs: possibleCosts(ask, policies) }, { now, views })
  }
}

function unusedAt(policy: Policy, now: number): View {
  const reading = { used: 0, mark: 0, scale: 0, expiresAt: 0, counted: 0, rest: undefined, stale: false }
  policy.load(reading, now)
  return { used: reading.used, mark: reading.mark, wait: 0, counted: 0 }
}

/** As if the whole quota were used. */
function closed(options: FallbackOptions): Decide {
  const { policies } = options
  return (ask) => {
    const costs = possibleCosts(ask, policies)
    const wait = retryMs(options)
    const decisions = policies.map(({ policy: { limit } }, i): PolicyDecision => {
      const cost = costs[i] ?? 0
      const retryAfterMs = cost > limit ? Number.POSITIVE_INFINITY : cost > 0 ? wait : 0
      const allowed = cost === 0
      return { allowed, limit, used: limit, remaining: 0, retryAfterMs, resetAfterMs: wait, delayMs: 0, cost: 0 }
    })
    const at = readClock(clockOfRuntime)
    const { shadow } = ask
    if (shadow === undefined) return { ...longestWait(policies, decisions), at, source: 'closed' }
    const decision = longestWait(policies, setAside(decisions, shadow), shadow)
    return { ...decision, shadow: shadowed(longestWait(policies, decisions)), at, source: 'closed' }
  }
}

/** What policies say together: of those that can bind, the first does that makes wait longest. */
function longestWait(
  policies: readonly NamedPolicy[],
  decisions: readonly PolicyDecision[],
  shadow: readonly boolean[] = decisions.map(() => false),
): PolicyDecision & Pick<Decision, 'policy' | 'policies'> {
  const waits = decisions.map(({ retryAfterMs }) => -retryAfterMs)
  const binding = leastOf(bindable(shadow), waits)
  const policy = (policies[binding] as NamedPolicy).name
  return { ...(decisions[binding] as PolicyDecision), policy, policies: byName(policies, decisions) }
}
