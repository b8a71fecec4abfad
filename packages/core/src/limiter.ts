import { isCallersFault } from './callers-fault.ts'
import { chargedKey, noteCharged } from './charged-key.ts'
import type {
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  Duration,
  Limiter,
  RefundOptions,
  Signal,
  SyncLimiter,
} from './contract/limiter.ts'
import type { Mode, Policy } from './contract/policy.ts'
import type { Answer, Ask, Gate, Store, SyncGate, SyncStore } from './contract/store.ts'
import { type NamedPolicy, toDecision } from './decision.ts'
import { parseDuration } from './duration.ts'
import { BatchError, codeOf, isError } from './errors.ts'
import { type LimiterEvent, reporter, warnOnce } from './events.ts'
import { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
import { type Failure, fallback } from './fallback.ts'
import { longestKey } from './longest-key.ts'
import { memoryStore } from './memory-store.ts'

/** How many policies a limiter has at most, on every store. */
export const mostPolicies = 16

interface OnePolicy {
  /** The same as `policies: { default: policy }`. */
  readonly policy: Policy
  readonly policies?: undefined
}

interface SeveralPolicies {
  readonly policy?: undefined
  /**
   * At most 16. All of them admit, or none is charged. Of equals the first binds; JavaScript lists names like `7` before
   * others.
   */
  readonly policies: Readonly<Record<string, Policy>>
}

/** What `createLimiter` takes: one policy or several, where the state is kept, and what an outage of it means. */
export type LimiterOptions<S extends Store | undefined = Store | undefined> = (OnePolicy | SeveralPolicies) & {
  /** Tells limiters apart that share a store; may be left out only together with `store`. */
  readonly name?: string | undefined
  /** Default: a memory store of its own. */
  readonly store?: S | undefined
  /**
   * A decision settles within this time, from 1 ms to 1 h, whatever the store does; what the store would execute later is
   * void. Default `'1s'`.
   */
  readonly deadline?: Duration | undefined
  /**
   * Who decides while the store cannot: `'local'`, a limiter in this process; `'open'`, which admits; `'closed'`, which
   * refuses; or `'throw'`, nobody: the call rejects. Default `'local'`.
   */
  readonly failure?: Failure | undefined
  /**
   * How many processes share the quota: each gives out this part of it when it decides for itself (`failure: 'local'`), but
   * at least one unit. Default 1: the whole quota in each.
   */
  readonly processes?: number | undefined
  /** Told when the store goes down and up, of each decision that was not made by it, and of what a full one forgets. */
  readonly onEvent?: ((event: LimiterEvent) => void) | undefined
}

/**
 * A limiter: `policy` or `policies` over a store. Over a synchronous store, such as the default one in memory, it also
 * answers synchronously. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function createLimiter(options: LimiterOptions<SyncStore | undefined>): SyncLimiter
export function createLimiter(options: LimiterOptions): Limiter
export function createLimiter(options: LimiterOptions): Limiter | SyncLimiter {
  expectOptions('createLimiter', options, optionNames)
  const policies = expectPolicies(options)
  const names = Object.keys(policies)
  const named: readonly NamedPolicy[] = Object.entries(policies).map(([name, policy]) => ({ name, policy }))
  const ones: readonly number[] = names.map(() => 1)
  const limiter = expectLimiterName(options)
  const { failure, processes, deadline, onEvent } = expectTrouble(options)
  const report = reporter(limiter, onEvent)
  const onForgot = (entries: number): void => {
    warnOnce(options.store ?? onForgot, 'SLUICE_FORGOT', forgotWarning(limiter))
    report.event({ type: 'store:forgot', limiter, entries })
  }
  const instead = fallback({ failure, limiter, policies: named, processes, report, onForgot })
  const gate = expectStore(options).bind({
    name: limiter,
    policies,
    deadline,
    onForgot,
    onHealth: (health) => {
      if (health.up) report.event({ type: 'store:up', limiter, downMs: health.downMs })
      else report.event({ type: 'store:down', limiter, code: codeOf(health.cause) })
    },
  })

  const ask = (key: string, mode: Mode, cost: Cost | undefined): Ask => ({
    key: expectKey(key),
    mode,
    costs: cost === undefined ? ones : expectCosts(names, cost),
  })
  const asks = {
    consume: (key: string, options: ConsumeOptions | undefined, known: readonly string[]) => {
      if (options !== undefined) expectOptions('consume', options, known)
      return ask(key, 'consume', options?.cost)
    },
    peek: (key: string, options?: CostOptions) => {
      if (options !== undefined) expectOptions('peek', options, ['cost'])
      return ask(key, 'peek', options?.cost)
    },
    refund: (key: string, options: RefundOptions = {}) => {
      expectOptions('refund', options, ['cost', 'of'])
      const { cost, of } = options
      if (of !== undefined) expectDecision(of)
      const given = ask(key, 'refund', cost)
      return of === undefined || chargedKey(of) === key ? given : ask(key, 'peek', 0)
    },
    reset: (key: string) => ask(key, 'reset', 0),
  }

  const byStore = (one: Ask, answer: Answer): Decision => {
    const decision = toDecision(named, one, answer)
    if (one.mode === 'consume' && decision.allowed) noteCharged(decision, one.key)
    return decision
  }
  const decided = (one: Ask, outcome: Answer | Error): Decision | Error => {
    const decision = isError(outcome) ? instead(one, outcome) : byStore(one, outcome)
    if (!isError(decision)) report.decision(one.mode, decision)
    return decision
  }
  // The one async step of a decision, bad input included.
  const settle = async (make: () => Ask, signal?: Signal): Promise<Decision> => {
    const one = make()
    expectSignal(signal)
    let outcome: Answer | Error
    try {
      outcome = (await gate.apply([one], signal))[0] as Answer | Error
    } catch (error) {
      outcome = expectTroubled(error, signal)
    }
    return orThrow(decided(one, outcome))
  }

  const asynchronous: Limiter = {
    consume: (key, options) => settle(() => asks.consume(key, options, consumeNames), options?.signal),
    peek: (key, options) => settle(() => asks.peek(key, options)),
    refund: (key, options) => settle(() => asks.refund(key, options)),
    reset: async (key) => {
      await settle(() => asks.reset(key))
    },
    consumeMany: async (requests) => {
      const batch = expectRequests(requests).map(({ key, ...options }) => asks.consume(key, options, consumeSyncNames))
      if (batch.length === 0) return []

      let outcomes: readonly (Answer | Error)[]
      try {
        outcomes = await gate.apply(batch)
      } catch (error) {
        const trouble = expectTroubled(error)
        outcomes = batch.map(() => trouble)
      }
      const settled = outcomes.map((outcome, i) => decided(batch[i] as Ask, outcome))
      const decisions = settled.filter((one): one is Decision => !isError(one))
      if (decisions.length < settled.length) throw new BatchError(settled)
      return decisions
    },
  }
  if (!isSync(gate)) return asynchronous

  const settleSync = (one: Ask): Decision => {
    const decision = byStore(one, gate.applySync(one))
    report.decision(one.mode, decision)
    return decision
  }
  return {
    ...asynchronous,
    consumeSync: (key, options) => settleSync(asks.consume(key, options, consumeSyncNames)),
    peekSync: (key, options) => settleSync(asks.peek(key, options)),
    refundSync: (key, options) => settleSync(asks.refund(key, options)),
    resetSync: (key) => {
      settleSync(asks.reset(key))
    },
  }
}

const consumeNames = ['cost', 'signal']
const consumeSyncNames = ['cost']
const optionNames = ['name', 'policy', 'policies', 'store', 'deadline', 'failure', 'processes', 'onEvent']
const failures: readonly Failure[] = ['local', 'open', 'closed', 'throw']
const longestDeadlineMs = 3_600_000

function orThrow(outcome: Decision | Error): Decision {
  if (isError(outcome)) throw outcome
  return outcome
}

function forgotWarning(limiter: string): string {
  return `The memory store of the limiter "${limiter}" is full and forgets entries that still count: raise \`maxKeys\` or \`maxBytes\`. Said once.`
}

/** What the store is to blame for; throws what it is not. */
function expectTroubled(error: unknown, signal?: Signal): Error {
  if (signal?.aborted) throw signal.reason
  if (isCallersFault(error)) throw error
  return typeof error === 'object' && error !== null && isError(error)
    ? error
    : new Error(`The store failed with ${shown(error)}`)
}

function isSync(gate: Gate): gate is SyncGate {
  return 'applySync' in gate
}

function expectPolicies({ policy, policies }: LimiterOptions): Readonly<Record<string, Policy>> {
  if ((policy === undefined) === (policies === undefined)) {
    throw new TypeError('Expected createLimiter to be given either `policy` or `policies`')
  }
  if (policies === undefined) return { default: expectPolicy('policy', policy) }

  if (typeof policies !== 'object' || policies === null || Array.isArray(policies)) {
    throw new TypeError(`Expected \`policies\` to be an object of policies by name, got ${shown(policies)}`)
  }
  const entries = Object.entries(policies)
  if (entries.length === 0) throw new RangeError('Expected `policies` to hold at least one policy, got none')
  if (entries.length > mostPolicies) {
    throw new RangeError(`Expected \`policies\` to hold at most ${mostPolicies} policies, got ${entries.length}`)
  }
  const own: Record<string, Policy> = Object.create(null)
  for (const [name, one] of entries)
    own[expectName('the name of a policy', name)] = expectPolicy(`policies.${name}`, one)
  return own
}

function expectPolicy(where: string, policy: unknown): Policy {
  if (typeof policy === 'object' && policy !== null && 'load' in policy && 'save' in policy && 'format' in policy) {
    expectName(`the format of \`${where}\``, policy.format)
    return policy as Policy
  }
  throw new TypeError(`Expected \`${where}\` to be a policy like tokenBucket({ … }), got ${shown(policy)}`)
}

function expectStore({ store }: LimiterOptions): Store {
  if (store === undefined) return memoryStore()
  if (typeof store === 'object' && store !== null && typeof store.bind === 'function') return store
  throw new TypeError(`Expected \`store\` to be a store like memoryStore(), got ${shown(store)}`)
}

function expectLimiterName({ name, store }: LimiterOptions): string {
  if (name === undefined && store === undefined) return 'default'
  if (name === undefined) {
    throw new TypeError('Expected `name`: limiters that share a store are told apart by their names')
  }
  return expectName('`name`', name)
}

interface Trouble {
  readonly failure: Failure
  readonly processes: number
  readonly deadline: number
  readonly onEvent: ((event: LimiterEvent) => void) | undefined
}

function expectTrouble({ failure = 'local', processes = 1, deadline = '1s', onEvent }: LimiterOptions): Trouble {
  if (!failures.includes(failure)) {
    throw new RangeError(`Expected \`failure\` to be one of ${failures.join(', ')}, got ${shown(failure)}`)
  }
  const deadlineMs = parseDuration('deadline', deadline)
  if (deadlineMs > longestDeadlineMs) {
    throw new RangeError(`Expected \`deadline\` to be at most an hour, got ${shown(deadline)}`)
  }
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw new TypeError(`Expected \`onEvent\` to be a function that is given events, got ${shown(onEvent)}`)
  }
  return { failure, processes: expectPositiveInteger('processes', processes), deadline: deadlineMs, onEvent }
}

function expectSignal(signal: Signal | undefined): Signal | undefined {
  if (signal === undefined) return undefined
  if (typeof signal !== 'object' || signal === null || typeof signal.addEventListener !== 'function') {
    throw new TypeError(`Expected \`signal\` to be an AbortSignal, got ${shown(signal)}`)
  }
  if (signal.aborted) throw signal.reason
  return signal
}

function expectKey(key: unknown): string {
  if (typeof key !== 'string') throw new TypeError(`Expected the key to be a string, got ${shown(key)}`)
  if (key.length > longestKey) {
    throw new RangeError(`Expected the key to have at most ${longestKey} code units, got ${key.length}`)
  }
  return key
}

function expectRequests(requests: readonly ConsumeRequest[]): readonly ConsumeRequest[] {
  if (!Array.isArray(requests)) throw new TypeError(`Expected consumeMany to be given an array, got ${shown(requests)}`)
  for (const request of requests) expectOptions('each request of consumeMany', request, ['key', 'cost'])
  return requests
}

function expectCosts(names: readonly string[], cost: Cost): readonly number[] {
  if (typeof cost !== 'object' || cost === null) {
    const each = expectCost('cost', cost)
    return names.map(() => each)
  }
  const prototype = Object.getPrototypeOf(cost)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Expected \`cost\` to be an integer, or an object of integers by policy, got ${shown(cost)}`)
  }
  for (const name of Object.keys(cost)) {
    if (!names.includes(name)) {
      throw new TypeError(`Expected \`cost\` to name policies among ${names.join(', ')}, got \`${name}\``)
    }
  }
  return names.map((name) => (Object.hasOwn(cost, name) ? expectCost(`cost.${name}`, cost[name]) : 1))
}

function expectDecision(of: unknown): void {
  if (typeof of === 'object' && of !== null && 'allowed' in of && 'source' in of) return
  throw new TypeError(`Expected \`of\` to be a decision of this limiter, got ${shown(of)}`)
}

function expectCost(where: string, cost: unknown): number {
  if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost + 0
  throw new RangeError(`Expected \`${where}\` to be an integer from 0 to 2^53 - 1, got ${shown(cost)}`)
}
