import { isCallersFault } from './callers-fault.ts'
import { isChargedInFull, noteCharged } from './charged.ts'
import type {
  ConsumeRequest,
  Decision,
  Key,
  Limiter,
  Policies,
  PolicyOptions,
  Signal,
  SyncLimiter,
  WaitOptions,
} from './contract/limiter.ts'
import type { Answer, Binding, Gate, SyncGate, SyncStore } from './contract/store.ts'
import { toDecision } from './decision.ts'
import { BatchError, codeOf, isError } from './errors.ts'
import { type Reporter, reporter, type WaitMessage, warnOnce } from './events.ts'
import { shown } from './expect.ts'
import { type Fallback, fallback } from './fallback.ts'
import { expectLimiterOptions, type LimiterOptions, type LimiterSettings } from './limiter-options.ts'
import { memoryStore } from './memory-store.ts'
import { monotonicNow } from './monotonic-now.ts'
import type { NamedPolicy } from './policy-decision.ts'
import { type Refusals, type RememberedAnswer, refusals } from './remembering/refusals.ts'
import { later, rememberingGate } from './remembering/remembering-gate.ts'
import {
  chargeRequest,
  consumeRequest,
  consumeRequests,
  consumeSyncRequest,
  expectSignal,
  peekRequest,
  type Request,
  type Requester,
  refundRequest,
  resetRequest,
  waitRequest,
} from './requests.ts'
import { shadowMode } from './shadow-mode.ts'
import { tiers } from './tiers.ts'
import { type Lines, waitingLines } from './waiting/lines.ts'
import { turnOf } from './waiting/turn.ts'
import { waitForTurn } from './waiting/wait-for-turn.ts'

/**
 * A limiter: `policy` or `policies` over a store. Over a synchronous store, such as the default one in memory, it also
 * answers synchronously. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function createLimiter(options: LimiterOptions<SyncStore | undefined>): SyncLimiter
export function createLimiter(options: LimiterOptions): Limiter
export function createLimiter(options: LimiterOptions): Limiter | SyncLimiter {
  const settings = expectLimiterOptions(options)
  const family = familyOf(settings)
  const tier: With = tiers(settings.policies, (policies) => limiterOf(bind(family, policies), tier))
  return tier({ policies: settings.policies })
}

/** What a limiter shares with those that its `with` returns. */
interface Family extends LimiterSettings {
  readonly report: Reporter
  readonly localStore: SyncStore
  readonly onForgot: (entries: number) => void
  readonly lines: Lines
  readonly refusals: Refusals | undefined
}

/** What a limiter decides with. */
interface Bound<G extends Gate = Gate> extends Requester {
  readonly family: Family
  readonly byName: Policies
  readonly policies: readonly NamedPolicy[]
  readonly gate: G
  readonly fallback: Fallback
  readonly report: Reporter
}

function familyOf(settings: LimiterSettings): Family {
  const { name, store } = settings
  const report = reporter(name, settings.onEvent)
  const onForgot = (entries: number): void => {
    warnOnce(store, 'SLUICE_FORGOT', forgotWarning(name))
    report.event({ type: 'store:forgot', limiter: name, entries })
  }
  return {
    ...settings,
    report,
    localStore: memoryStore(),
    onForgot,
    lines: waitingLines(name),
    refusals: settings.remember ? refusals(monotonicNow) : undefined,
  }
}

function bind(family: Family, policies: Policies): Bound {
  const names = Object.keys(policies)
  const named = Object.entries(policies).map(([name, policy]) => ({ name, policy }))
  const gate = family.store.bind(bindingOf(family, policies))
  return {
    names,
    slot: family.slot,
    shadowOf: shadowMode(family, names),
    ones: names.map(() => 1),
    family,
    byName: policies,
    policies: named,
    gate: family.refusals === undefined ? gate : rememberingGate(gate, named, family.refusals),
    fallback: fallback({ ...family, limiter: family.name, policies: named }),
    report: family.report,
  }
}

function bindingOf({ name, slot, deadlineMs, report, onForgot }: Family, policies: Policies): Binding {
  return {
    name,
    policies,
    slot,
    deadline: deadlineMs,
    onForgot,
    onHealth: (health) => {
      if (health.up) report.event({ type: 'store:up', limiter: name, downMs: health.downMs })
      else report.event({ type: 'store:down', limiter: name, code: codeOf(health.cause) })
    },
  }
}

type With = (options: PolicyOptions) => SyncLimiter

/** Over a store that is not synchronous, without the synchronous calls. */
function limiterOf(bound: Bound, tier: With): SyncLimiter {
  const limiter = { name: bound.family.name, policies: bound.byName, with: tier, ...asynchronous(bound) }
  return (isSync(bound) ? { ...limiter, ...synchronous(bound) } : limiter) as SyncLimiter
}

function forgotWarning(limiter: string): string {
  return `The memory store of the limiter "${limiter}" is full and forgets entries that still count: raise \`maxKeys\` or \`maxBytes\`. Said once.`
}

function isSync(bound: Bound): bound is Bound<SyncGate> {
  return 'applySync' in bound.gate
}

function asynchronous(bound: Bound): Omit<Limiter, 'name' | 'policies' | 'with'> {
  return {
    consume: (key, options) => settle(bound, () => consumeRequest(bound, key, options), options?.signal),
    charge: (key, options) => settle(bound, () => chargeRequest(bound, key, options)),
    wait: (key, options) => wait(bound, key, options),
    consumeMany: (requests) => settleMany(bound, requests),
    peek: (key, options) => settle(bound, () => peekRequest(bound, key, options)),
    refund: (key, options) => settle(bound, () => refundRequest(bound, key, options)),
    reset: async (key) => {
      await settle(bound, () => resetRequest(bound, key))
    },
  }
}

function synchronous(bound: Bound<SyncGate>): Omit<SyncLimiter, keyof Limiter> {
  return {
    consumeSync: (key, options) => settleSync(bound, consumeSyncRequest(bound, key, options)),
    chargeSync: (key, options) => settleSync(bound, chargeRequest(bound, key, options)),
    peekSync: (key, options) => settleSync(bound, peekRequest(bound, key, options)),
    refundSync: (key, options) => settleSync(bound, refundRequest(bound, key, options)),
    resetSync: (key) => {
      settleSync(bound, resetRequest(bound, key))
    },
  }
}

function settleSync(bound: Bound<SyncGate>, request: Request): Decision {
  const began = bound.report.begin()
  const decision = byStore(bound, request, bound.gate.applySync(request))
  if (began !== undefined) bound.report.decision(request.mode, decision, bound.byName, began)
  return decision
}

/** The one asynchronous step of a decision. Rejects for bad input too, because the request is made inside. */
async function settle(bound: Bound, makeRequest: () => Request, signal?: Signal): Promise<Decision> {
  const request = makeRequest()
  expectSignal(signal)
  const began = bound.report.begin()
  let outcome: Answer | Error
  try {
    outcome = (await bound.gate.apply([request], signal))[0] as Answer | Error
  } catch (error) {
    outcome = expectStoreError(error, signal)
  }
  const decision = decided(bound, request, outcome, began)
  if (isError(decision)) throw decision
  return decision
}

async function wait(bound: Bound, key: Key, options: WaitOptions | undefined): Promise<Decision> {
  const { request, maxWaitMs, signal } = waitRequest(bound, key, options)
  expectSignal(signal)
  const turn = turnOf(bound, key, request, (asked) => settle(bound, () => asked))
  const began = monotonicNow()
  const end = (outcome: WaitMessage['outcome']): void => bound.report.wait(outcome, monotonicNow() - began)
  try {
    const decision = await waitForTurn(turn, bound.family.lines, { maxWaitMs, signal })
    end(decision.allowed ? 'admitted' : 'refused')
    return decision
  } catch (error) {
    if (signal?.aborted) end('left')
    throw error
  }
}

async function settleMany(bound: Bound, requests: readonly ConsumeRequest[]): Promise<Decision[]> {
  const batch = consumeRequests(bound, requests)
  if (batch.length === 0) return []

  const began = bound.report.begin()
  let outcomes: readonly (Answer | Error)[]
  try {
    outcomes = await bound.gate.apply(batch)
  } catch (error) {
    const storeError = expectStoreError(error)
    outcomes = batch.map(() => storeError)
  }
  const settled = outcomes.map((outcome, i) => decided(bound, batch[i] as Request, outcome, began))
  const decisions = settled.filter((one): one is Decision => !isError(one))
  if (decisions.length < settled.length) throw new BatchError(settled)
  return decisions
}

/** What the store is to blame for; throws what it is not. */
function expectStoreError(error: unknown, signal?: Signal): Error {
  if (signal?.aborted) throw signal.reason
  if (isCallersFault(error)) throw error
  return typeof error === 'object' && error !== null && isError(error)
    ? error
    : new Error(`The store failed with ${shown(error)}`)
}

function decided(bound: Bound, request: Request, outcome: Answer | Error, began: number | undefined): Decision | Error {
  const decision = isError(outcome) ? bound.fallback(request, outcome) : byStore(bound, request, outcome)
  if (began !== undefined && !isError(decision)) bound.report.decision(request.mode, decision, bound.byName, began)
  return decision
}

function byStore(bound: Bound, request: Request, answer: Answer): Decision {
  const decision = toDecision(bound.policies, request, answer)
  if (bound.family.refusals !== undefined && 'passedMs' in answer) return later(decision, answer as RememberedAnswer)
  if (request.mode === 'consume' ? decision.allowed : isChargedInFull(bound.policies, request, answer))
    noteCharged(decision, request, answer)
  return decision
}
